import type { InsightText } from '@undertone/contracts/insight/insight';
import { PermanentJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import OpenAI from 'openai';
import { z } from 'zod';
import type { InsightSettings } from '../settings.js';
import { checkAnswer } from './checks/check-answer.js';
import { citableMetrics, shownNumbers } from './checks/shown-numbers.js';
import type { InsightWriter, WritingRequest } from './insight-writer.js';

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
      const { signal } = request;
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
                schema: z.toJSONSchema(request.type.schema, { io: 'input' }) as Record<string, unknown>,
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
        text: checked(completion, request),
        model: completion.model,
        promptTokens: completion.usage?.prompt_tokens ?? null,
        completionTokens: completion.usage?.completion_tokens ?? null,
        requestId: requestId ?? null,
      };
    },
  };
}

function messagesOf({ prompt, tone, facts: known }: WritingRequest): OpenAI.ChatCompletionMessageParam[] {
  const citable = citableMetrics(known);
  const numbers = [...shownNumbers(known)].filter(([metric]) => citable.has(metric));
  const facts = JSON.stringify(Object.fromEntries(numbers), null, 1);
  return [
    { role: 'system', content: prompt.system },
    { role: 'user', content: prompt.user.replace('{{tone}}', tone).replace('{{facts}}', () => facts) },
  ];
}

/** @throws {TransientJobError} when the answer must not be shown; another try may do better. */
function checked(completion: OpenAI.ChatCompletion, { type, facts }: WritingRequest): InsightText {
  const choice = completion.choices[0];
  const answer = checkAnswer(
    {
      content: choice?.message.content ?? '',
      refusal: choice?.message.refusal ?? null,
      isCutOff: choice?.finish_reason === 'length',
    },
    type,
    facts,
  );
  if (answer.text) return answer.text;
  throw new TransientJobError('LLM_ANSWER_REJECTED', `the model's answer ${answer.faults.join('; it ')}`);
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
