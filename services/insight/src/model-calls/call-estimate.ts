import type { ConfiguredModel } from '../model-settings/configured-models.js';
import { bodyOf } from './chat-completions.js';
import type { CompletionRequest } from './completion.js';

/** A token is about four bytes of English (OpenAI's documentation); fewer make the estimate a high one. */
export const BYTES_PER_TOKEN = 3;

/** What a call may take, as nearly as can be said before it is made: all of the question, and the longest answer. */
export function estimateOf(
  model: ConfiguredModel,
  request: Pick<CompletionRequest, 'messages' | 'schema' | 'parameters'>,
): { promptTokens: number; completionTokens: number } {
  const { messages, response_format: schema } = bodyOf(model, request);
  const bytes = Buffer.byteLength(JSON.stringify([messages, schema]));
  return {
    promptTokens: Math.ceil(bytes / BYTES_PER_TOKEN),
    completionTokens: request.parameters.max_tokens,
  };
}
