import { PermanentJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import OpenAI from 'openai';
import { z } from 'zod';
import type { Completion, CompletionRequest } from './completion.js';
import type { ModelDefinition } from './model-definition.js';

/** One call of one model. */
export type ModelCall = (request: CompletionRequest) => Promise<Omit<Completion, 'fallbacks' | 'costUsd'>>;

/** A model behind any server that speaks OpenAI's chat completions. */
export function chatCompletions(model: ModelDefinition): ModelCall {
  const client = new OpenAI({
    baseURL: model.baseUrl,
    apiKey: model.apiKey,
    // The job runner tries again, with its own backoff and count.
    maxRetries: 0,
    timeout: model.timeoutMs,
  });
  return async (request) => {
    const { messages, schema, parameters, signal } = request;
    const { data, request_id: requestId } = await client.chat.completions
      .create(
        {
          model: model.id,
          max_completion_tokens: parameters.maxTokens,
          ...(parameters.temperature !== undefined && { temperature: parameters.temperature }),
          ...(parameters.topP !== undefined && { top_p: parameters.topP }),
          ...(parameters.seed !== undefined && { seed: parameters.seed }),
          messages: messages.map(({ role, content }) => ({ role, content })),
          response_format: {
            type: 'json_schema',
            json_schema: {
              name: schema.name,
              schema: z.toJSONSchema(schema.shape, { io: 'input' }) as Record<string, unknown>,
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
    const choice = data.choices[0];
    return {
      content: choice?.message.content ?? '',
      refusal: choice?.message.refusal ?? null,
      finishReason: choice?.finish_reason ?? 'stop',
      model: data.model,
      usage: {
        promptTokens: data.usage?.prompt_tokens ?? null,
        completionTokens: data.usage?.completion_tokens ?? null,
      },
      requestId: requestId ?? null,
    };
  };
}

function failureOf(error: unknown): PermanentJobError | TransientJobError {
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
