import { z } from 'zod';
import { foreignId, text } from '../text.js';

/** What a model's server is: decides its usual address and which fields of a request it knows. */
export const modelProvider = z
  .enum(['openai', 'ollama', 'llama.cpp', 'vllm', 'compatible'])
  .meta({ id: 'ModelProvider' });
export type ModelProvider = z.output<typeof modelProvider>;

export const modelPrice = z
  .strictObject({
    input_usd_per_million: z.number().min(0).meta({ description: 'US dollars for a million prompt tokens.' }),
    output_usd_per_million: z
      .number()
      .min(0)
      .meta({ description: 'US dollars for a million answer tokens.' }),
    as_of: z.iso.date().meta({ description: 'The day the price list was read.' }),
  })
  .meta({ id: 'ModelPrice' });
export type ModelPrice = z.output<typeof modelPrice>;

export const modelHealth = z
  .object({
    status: z.enum(['up', 'down', 'unknown']).meta({
      description: '`unknown`: the server answers, and does not say which models it has.',
    }),
    latency_ms: z.number().min(0).nullable(),
    checked_at: z.iso.datetime(),
    detail: text,
  })
  .meta({ id: 'ModelHealth' });
export type ModelHealth = z.output<typeof modelHealth>;

/** A language model of this installation. */
export const languageModel = z
  .object({
    id: foreignId.meta({ description: 'Its name in the settings.' }),
    provider: modelProvider,
    model: foreignId.meta({ description: 'The name its server knows it by.' }),
    price: modelPrice
      .nullable()
      .meta({ description: 'Null when it is not known; 0 for a machine of one’s own.' }),
    context_tokens: z.int().min(1).nullable(),
    json_schema: z.boolean().meta({ description: 'Whether the server takes a JSON schema for the answer.' }),
    timeout_seconds: z.number().min(0),
    requests_per_minute: z.int().min(1).nullable(),
    health: modelHealth,
  })
  .meta({ id: 'LanguageModel' });
export type LanguageModel = z.output<typeof languageModel>;

/** Who writes insights here, and how it is now. */
export const languageModels = z
  .object({
    order: z.array(foreignId).meta({
      description: 'Who is asked, and who next when that one fails. `template` is the built-in templates.',
    }),
    models: z.array(languageModel),
  })
  .meta({ id: 'LanguageModels' });
export type LanguageModels = z.output<typeof languageModels>;
