import { type ChatRequest, countTokens, seedOf, textsOf } from './chat-request.js';
import { factsIn } from './input-facts.js';
import { JsonWriter } from './json-from-schema.js';
import type { AnswerFault } from './llm-faults.js';
import { type Manner, Wording } from './wording.js';

/** What the model says to a request, before it is put on the wire. */
export interface Completion {
  readonly id: string;
  readonly content: string | null;
  readonly refusal: string | null;
  readonly finishReason: 'stop' | 'length';
  readonly usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

const REFUSAL = "I'm sorry, but I can't help with that.";
const TOKENS_A_MESSAGE = 4;

function mannerOf(fault: AnswerFault | undefined): Manner {
  return fault?.kind === 'lies' || fault?.kind === 'diagnosis' ? fault.kind : 'truthful';
}

function write(request: ChatRequest, seed: string, manner: Manner): string {
  const facts = factsIn(textsOf(request, 'user'));
  const wording = new Wording(seed, facts, manner);
  const format = request.response_format ?? { type: 'text' };
  switch (format.type) {
    case 'text':
      return wording.paragraph('text');
    case 'json_object':
      return JSON.stringify({ title: wording.title('title'), body: wording.paragraph('body') });
    case 'json_schema':
      return JSON.stringify(new JsonWriter(format.json_schema.schema, facts, seed, wording).write());
    default:
      return format satisfies never;
  }
}

function cut(text: string): string {
  return text.slice(0, Math.floor(text.length * 0.6));
}

function spoil(
  content: string,
  fault: AnswerFault | undefined,
): Pick<Completion, 'content' | 'refusal' | 'finishReason'> {
  const said = (text: string) => ({ content: text, refusal: null, finishReason: 'stop' as const });
  switch (fault?.kind) {
    case 'refusal':
      return { content: null, refusal: REFUSAL, finishReason: 'stop' };
    case 'length':
      return { content: cut(content), refusal: null, finishReason: 'length' };
    case 'malformed':
      return said(cut(content));
    case 'wrong-schema':
      return said(JSON.stringify({ unexpected: { note: 'this is not the shape that was asked for' } }));
    case 'says':
      return said(fault.content);
    case 'lies':
    case 'diagnosis':
    case 'stop-mid-stream':
    case undefined:
      return said(content);
    default:
      return fault satisfies never;
  }
}

/**
 * Answers a request: the same one always in the same words. The answer conforms to the requested JSON schema and repeats
 * only numbers of the user's messages, unless a fault says otherwise; `max_tokens` cuts it as the API would.
 */
export function complete(request: ChatRequest, fault: AnswerFault | undefined): Completion {
  const seed = seedOf(request);
  const spoken = spoil(write(request, seed, mannerOf(fault)), fault);
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY;
  const tooLong = countTokens(spoken.content ?? '') > limit;
  const content = tooLong ? (spoken.content ?? '').slice(0, limit * 4) : spoken.content;
  const texts = textsOf(request);
  const promptTokens = texts.reduce((sum, text) => sum + countTokens(text) + TOKENS_A_MESSAGE, 0);
  const completionTokens = countTokens(content ?? spoken.refusal ?? '');
  return {
    id: `chatcmpl-${seed.slice(0, 24)}`,
    content,
    refusal: spoken.refusal,
    finishReason: tooLong ? 'length' : spoken.finishReason,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}
