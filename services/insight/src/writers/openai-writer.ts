import { type InsightText, insightText } from '@undertone/contracts/insight/insight';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { PermanentJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import OpenAI from 'openai';
import { z } from 'zod';
import type { InsightSettings } from '../settings.js';
import { forbiddenClaims } from './forbidden-claims.js';
import type { InsightWriter, WritingRequest } from './insight-writer.js';
import { citableMetrics, shownNumbers, unknownNumbers } from './shown-numbers.js';

const MAX_TOKENS = 1_500;

/**
 * Any server that speaks OpenAI's chat completions. The answer is asked for as a JSON schema and checked again here:
 * its form, that each of its numbers is one of the snapshot's, and that it claims nothing about health.
 */
export function openAiWriter(settings: InsightSettings): InsightWriter {
  const client = new OpenAI({
    baseURL: settings.OPENAI_BASE_URL,
    apiKey: settings.OPENAI_API_KEY ?? '',
    // The job runner tries again, with its own backoff and count.
    maxRetries: 0,
    timeout: settings.LLM_TIMEOUT_SECONDS * 1000,
  });
  const model = settings.LLM_MODEL ?? '';
  return {
    async write(request) {
      const { signal, snapshot } = request;
      const { data: completion, request_id: requestId } = await client.chat.completions
        .create(
          {
            model,
            max_completion_tokens: MAX_TOKENS,
            messages: messagesOf(request),
            response_format: {
              type: 'json_schema',
              json_schema: {
                name: 'insight',
                schema: z.toJSONSchema(insightText) as Record<string, unknown>,
              },
            },
          },
          { signal },
        )
        .withResponse()
        .catch((error: unknown) => {
          signal.throwIfAborted();
          throw failureOf(error);
        });
      return {
        text: checked(completion, snapshot),
        model: completion.model,
        promptTokens: completion.usage?.prompt_tokens ?? null,
        completionTokens: completion.usage?.completion_tokens ?? null,
        requestId: requestId ?? null,
      };
    },
  };
}

function messagesOf({ prompt, tone, snapshot }: WritingRequest): OpenAI.ChatCompletionMessageParam[] {
  const citable = citableMetrics(snapshot);
  const numbers = [...shownNumbers(snapshot)].filter(([metric]) => citable.has(metric));
  const facts = JSON.stringify(Object.fromEntries(numbers), null, 1);
  return [
    { role: 'system', content: prompt.system },
    { role: 'user', content: prompt.user.replace('{{tone}}', tone).replace('{{facts}}', () => facts) },
  ];
}

/** @throws {TransientJobError} when the answer must not be shown; another try may do better. */
function checked(completion: OpenAI.ChatCompletion, snapshot: Snapshot): InsightText {
  const choice = completion.choices[0];
  const refused = (why: string) => new TransientJobError('LLM_ANSWER_REJECTED', `the model's answer ${why}`);
  if (choice?.message.refusal) throw refused('was a refusal');
  if (choice?.finish_reason === 'length') throw refused('was cut off');
  let answer: unknown;
  try {
    answer = JSON.parse(choice?.message.content ?? '');
  } catch {
    throw refused('was not JSON');
  }
  const parsed = insightText.safeParse(answer);
  if (!parsed.success) throw refused(`does not fit the schema: ${z.prettifyError(parsed.error)}`);
  const { title, body, highlights, tips } = parsed.data;
  const whole = [title, body, ...highlights.map(({ text }) => text), ...tips].join('\n');
  const invented = unknownNumbers(whole, snapshot);
  if (invented.length > 0) throw refused(`has numbers that are not the snapshot's: ${invented.join(', ')}`);
  const citable = citableMetrics(snapshot);
  const uncited = highlights.filter(({ metric }) => !citable.has(metric)).map(({ metric }) => metric);
  if (uncited.length > 0)
    throw refused(`cites measures that the snapshot does not have: ${uncited.join(', ')}`);
  const claims = forbiddenClaims(whole);
  if (claims.length > 0) throw refused(`makes claims it must not make: ${claims.join(', ')}`);
  return parsed.data;
}

function failureOf(error: unknown): Error {
  if (error instanceof OpenAI.APIError && typeof error.status === 'number') {
    const { status } = error;
    if (status === 429) {
      const seconds = Number(error.headers?.get('retry-after'));
      const wait = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
      return new TransientJobError('LLM_RATE_LIMITED', 'the language model asks to wait', wait);
    }
    if (status < 500 && status !== 408 && status !== 409) {
      return new PermanentJobError('LLM_REFUSED', `the language model refused the request (${status})`);
    }
  }
  // Timeouts, broken connections and streams come as various errors; all of them may pass.
  return new TransientJobError('LLM_UNAVAILABLE', 'the language model did not answer', undefined, {
    cause: error,
  });
}
