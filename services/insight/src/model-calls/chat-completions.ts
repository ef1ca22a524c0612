import { foreignId } from '@undertone/contracts/text';
import { TransientJobError } from '@undertone/platform/jobs/job-errors';
import OpenAI from 'openai';
import { z } from 'zod';
import type { ConfiguredModel } from '../model-settings/configured-models.js';
import { chatAnswer } from './chat-answer.js';
import type { Answer, ChatMessage, CompletionRequest } from './completion.js';
import { failureOf } from './model-failures.js';

/** A client of the model's server. */
export function clientOf(model: ConfiguredModel): OpenAI {
  return new OpenAI({
    baseURL: model.base_url,
    apiKey: model.apiKey,
    // The job runner tries again, with its own backoff and count.
    maxRetries: 0,
    timeout: model.timeout_seconds * 1000,
  });
}

/**
 * Asks one model once, over OpenAI's chat completions.
 * @throws {ModelFailure}
 */
export async function chatCompletion(
  client: OpenAI,
  model: ConfiguredModel,
  request: CompletionRequest,
): Promise<Answer> {
  const { signal } = request;
  const { data, request_id: requestId } = await client.chat.completions
    .create(bodyOf(model, request), { signal })
    .withResponse()
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw failureOf(error);
    });
  const answered = chatAnswer.safeParse(data);
  if (!answered.success) {
    throw new TransientJobError('LLM_UNAVAILABLE', 'the language model’s server answered with no completion');
  }
  const { model: named, choices, usage } = answered.data;
  const [{ message, finish_reason: finishReason }] = choices;
  return {
    content: message.content ?? '',
    refusal: message.refusal,
    finishReason,
    model: named ?? model.model,
    usage: {
      promptTokens: usage?.prompt_tokens ?? null,
      completionTokens: usage?.completion_tokens ?? null,
    },
    requestId: foreignId.safeParse(requestId).data ?? null,
  };
}

/** What is sent: no more than the fields that the model's kind of server knows. */
export function bodyOf(
  model: ConfiguredModel,
  { messages, schema, parameters }: Pick<CompletionRequest, 'messages' | 'schema' | 'parameters'>,
): OpenAI.ChatCompletionCreateParamsNonStreaming {
  const { max_tokens: longest, ...chosen } = { ...model.parameters, ...parameters };
  const jsonSchema = z.toJSONSchema(schema.shape, { io: 'input' }) as Record<string, unknown>;
  return {
    model: model.model,
    // OpenAI's newer models refuse `max_tokens`; Ollama knows nothing else.
    ...(model.provider === 'openai' ? { max_completion_tokens: longest } : { max_tokens: longest }),
    ...(chosen as Pick<OpenAI.ChatCompletionCreateParams, never>),
    messages: model.json_schema ? [...messages] : withSchema(messages, jsonSchema),
    response_format: model.json_schema
      ? { type: 'json_schema', json_schema: { name: schema.name, schema: jsonSchema } }
      : { type: 'json_object' },
  };
}

/** The schema as words, in the system message that is there: chat templates of some models refuse a second one. */
function withSchema(messages: readonly ChatMessage[], schema: object): ChatMessage[] {
  const told = `Answer with one JSON object of this JSON schema, and nothing else:\n${JSON.stringify(schema)}`;
  const [first, ...others] = messages;
  return first?.role === 'system'
    ? [{ role: 'system', content: `${first.content}\n\n${told}` }, ...others]
    : [{ role: 'system', content: told }, ...messages];
}
