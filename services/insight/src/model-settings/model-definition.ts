import { type ModelProvider, modelPrice, modelProvider } from '@undertone/contracts/insight/language-model';
import { modelParameters } from '@undertone/contracts/insight/model-parameters';
import { namedList } from '@undertone/platform/settings/named-list';
import { z } from 'zod';

/** Stands in the order of models for the built-in templates. */
export const TEMPLATE = 'template';

/** Where each provider's server is found unless the entry says otherwise (their documentation, November 2026). */
const usualAddress: Partial<Record<ModelProvider, string>> = {
  openai: 'https://api.openai.com/v1',
  ollama: 'http://127.0.0.1:11434/v1',
  'llama.cpp': 'http://127.0.0.1:8080/v1',
  vllm: 'http://127.0.0.1:8000/v1',
};

/** One language model, and where it is: an entry of the setting `LLM_MODELS`. */
export const modelDefinition = z
  .strictObject({
    /** Its name in this installation: in `LLM_FALLBACK`, in `/api/models` and on insights. */
    id: z
      .string()
      .regex(/^[A-Za-z0-9][\w.:/-]{0,99}$/)
      .refine((name) => name !== TEMPLATE, 'is what the built-in templates are called'),
    provider: modelProvider,
    /** The name its server knows it by. */
    model: z.string().min(1).max(255),
    base_url: z.url({ protocol: /^https?$/ }).optional(),
    /** The environment variable that holds the key; the key itself is never in this setting. */
    api_key_env: z
      .string()
      .regex(/^(OPENAI_API_KEY|LLM_API_KEY_[A-Z0-9_]+)$/, 'is OPENAI_API_KEY or begins with LLM_API_KEY_')
      .optional(),
    price: modelPrice.nullable(),
    /** Tokens of question and answer together; null: not known, and not checked. */
    context_tokens: z.int().min(256).nullable().default(null),
    /** `false`: the schema goes into the question, and the server is asked for JSON alone. */
    json_schema: z.boolean().default(true),
    timeout_seconds: z.number().min(0.1).max(600).default(60),
    requests_per_minute: z.int().min(1).nullable().default(null),
    /** What it is asked with unless the prompt says otherwise. */
    parameters: modelParameters.omit({ max_tokens: true }).strict().default({}),
  })
  .transform((entry, context) => {
    const baseUrl = entry.base_url ?? usualAddress[entry.provider];
    if (baseUrl) return { ...entry, base_url: baseUrl };
    context.addIssue({
      code: 'custom',
      path: ['base_url'],
      message: `needed with provider ${entry.provider}`,
    });
    return z.NEVER;
  });
export type ModelDefinition = z.output<typeof modelDefinition>;

/** JSON text: a list of models, no two of one name. */
export const modelDefinitions = namedList(z.array(modelDefinition).min(1));
