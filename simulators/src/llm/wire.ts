import type OpenAI from 'openai';
import type { ChatRequest } from './chat-request.js';
import type { Completion } from './completion.js';

/** The body of an answer that is not streamed; its type is OpenAI's own, made from their API's description. */
export function completionBody(
  request: ChatRequest,
  completion: Completion,
  created: number,
): OpenAI.ChatCompletion {
  const { id, content, refusal, finishReason, usage } = completion;
  return {
    id,
    object: 'chat.completion',
    created,
    model: request.model,
    system_fingerprint: 'undertone-simulator',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal },
        logprobs: null,
        finish_reason: finishReason,
      },
    ],
    usage,
  };
}

function event(data: object | string): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

/**
 * The server-sent events of a streamed answer: the role, the content word by word, the reason it ended, the usage in a
 * last chunk without choices where `stream_options.include_usage` asks for it, `[DONE]`.
 */
export function completionEvents(request: ChatRequest, completion: Completion, created: number): string[] {
  const { id, content, refusal, finishReason, usage } = completion;
  const withUsage = request.stream_options?.include_usage === true;
  const chunk = (
    choices: OpenAI.ChatCompletionChunk.Choice[],
    used: OpenAI.ChatCompletionChunk['usage'] = null,
  ) =>
    event({
      id,
      object: 'chat.completion.chunk',
      created,
      model: request.model,
      system_fingerprint: 'undertone-simulator',
      choices,
      ...(withUsage ? { usage: used } : {}),
    } satisfies OpenAI.ChatCompletionChunk);
  const delta = (
    part: OpenAI.ChatCompletionChunk.Choice.Delta,
    finish: OpenAI.ChatCompletionChunk.Choice['finish_reason'] = null,
  ) => chunk([{ index: 0, delta: part, logprobs: null, finish_reason: finish }]);
  const words = (text: string) => text.match(/\s*\S+/g) ?? [];
  return [
    delta({ role: 'assistant', content: '', refusal: null }),
    ...words(content ?? '').map((word) => delta({ content: word })),
    ...words(refusal ?? '').map((word) => delta({ refusal: word })),
    delta({}, finishReason),
    ...(withUsage ? [chunk([], usage)] : []),
    event('[DONE]'),
  ];
}
