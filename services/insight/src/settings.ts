import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { z } from 'zod';
import { modelDefinitions } from './model-settings/model-definition.js';

/** Of one UTC day; absent: no limit. */
const budget = z.coerce.number().positive().optional();

/**
 * Who writes is named, never guessed: an address or a key alone does not switch a language model on, and a model
 * that fails is not replaced by templates.
 */
export const insightSettings = z
  .object({
    ...serviceSettings,
    PORT: serviceSettings.PORT.default(8004),
    /** Who may get the text of nearly the same numbers for a new insight: nobody, scheduled runs, everybody. */
    INSIGHT_NEAR_REUSE: z.enum(['off', 'bulk', 'always']).default('bulk'),
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
    /** What all calls of language models may take in a day; templates take nothing. */
    LLM_BUDGET_TOKENS_PER_DAY: budget,
    LLM_BUDGET_USD_PER_DAY: budget,
    /** What the calls for one person may take of it. */
    LLM_BUDGET_TOKENS_PER_PERSON_AND_DAY: budget,
    LLM_BUDGET_USD_PER_PERSON_AND_DAY: budget,
  })
  .superRefine((settings, context) => {
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
  });
export type InsightSettings = z.output<typeof insightSettings>;
