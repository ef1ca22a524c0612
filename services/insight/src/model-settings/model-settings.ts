import { z } from 'zod';
import { modelDefinitions } from './model-definition.js';

/** Who writes, and which language models there are. */
export const modelSettings = {
  INSIGHT_ENGINE: z.enum(['template', 'openai']).default('template'),
  /** Any server that speaks OpenAI's chat completions. */
  OPENAI_BASE_URL: z.url().default('https://api.openai.com/v1'),
  OPENAI_API_KEY: z.string().min(1).optional(),
  LLM_MODEL: z.string().min(1).optional(),
  /** Seconds one call of a language model may take. */
  LLM_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(600).default(60),
  /** Several models, as JSON; in place of the one that `OPENAI_…` and `LLM_MODEL` name. */
  LLM_MODELS: modelDefinitions.optional(),
  /** Who is asked, and who next when that one does not answer; absent: the first model alone. */
  LLM_FALLBACK: z
    .string()
    .transform((list) => list.split(',').map((name) => name.trim()))
    .optional(),
};
export type ModelSettings = z.output<z.ZodObject<typeof modelSettings>>;

/** An engine that asks a model needs one: the settings name it, or list several. */
export function requireModel(settings: ModelSettings, context: z.RefinementCtx): void {
  if (settings.INSIGHT_ENGINE !== 'openai' || settings.LLM_MODELS) return;
  for (const name of ['OPENAI_API_KEY', 'LLM_MODEL'] as const) {
    if (settings[name] === undefined) {
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'needed with INSIGHT_ENGINE=openai, unless LLM_MODELS is there',
      });
    }
  }
}
