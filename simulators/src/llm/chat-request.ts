import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A JSON schema as it comes in `response_format`; read piece by piece by `json-from-schema.ts`. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const textPart = z.looseObject({ type: z.string(), text: z.string().optional() });

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(textPart), z.null()]).optional(),
});

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string().regex(/^[\w-]{1,64}$/),
      strict: z.boolean().nullish(),
      schema: z.record(z.string(), z.unknown()),
    }),
  }),
]);

/** The parts of a chat completion request that the simulator reads; others are taken and ignored. */
export const chatRequest = z.looseObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  response_format: responseFormat.optional(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  n: z.literal(1).nullish(),
  user: z.string().optional(),
});

export type ChatRequest = z.infer<typeof chatRequest>;

function textOf(content: ChatRequest['messages'][number]['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text ?? '').join('\n');
}

/** The texts of all messages, or of those with one role. */
export function textsOf(request: ChatRequest, role?: 'user'): string[] {
  return request.messages
    .filter((entry) => role === undefined || entry.role === role)
    .map(({ content }) => textOf(content));
}

/** What decides the answer: the same model, messages and format give the same one; temperature and the rest do not count. */
export function seedOf({ model, messages, response_format }: ChatRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([model, messages, response_format]))
    .digest('hex');
}

/** Tokens in a text, at the usual four characters a token. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
