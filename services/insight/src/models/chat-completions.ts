import OpenAI from 'openai';
import { z } from 'zod';
import type { Answer, ChatMessage, CompletionRequest } from './completion.js';
import type { ConfiguredModel } from './configured-models.js';
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
  const choice = data.choices?.[0];
  return {
    content: choice?.message?.content ?? '',
    refusal: choice?.message?.refusal ?? null,
    finishReason: choice?.finish_reason ?? 'stop',
    model: typeof data.model === 'string' ? data.model : model.model,
    usage: {
      promptTokens: tokensOf(data.usage?.prompt_tokens),
      completionTokens: tokensOf(data.usage?.completion_tokens),
    },
    requestId: requestId ?? null,
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

/** The schema as words, after what the model is told of its task. */
function withSchema(messages: readonly ChatMessage[], schema: object): ChatMessage[] {
  const told: ChatMessage = {
    role: 'system',
    content: `Answer with one JSON object of this JSON schema, and nothing else:\n${JSON.stringify(schema)}`,
  };
  const first = messages.findIndex(({ role }) => role !== 'system');
  const at = first === -1 ? messages.length : first;
  return [...messages.slice(0, at), told, ...messages.slice(at)];
}

// Typed by the client, sent by whatever server there is.
const tokensOf = (count: unknown): number | null =>
  typeof count === 'number' && Number.isInteger(count) && count >= 0 ? count : null;
