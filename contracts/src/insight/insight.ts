import { z } from 'zod';
import { flag } from '../flag.js';
import { id } from '../id.js';
import { listeningSource } from '../listening/snapshot.js';
import { foreignId, text } from '../text.js';
import { modelParameters } from './model-parameters.js';

export const insightType = z
  .enum(['wellness', 'roast', 'productivity', 'weekly_summary'])
  .meta({ id: 'InsightType' });
export type InsightType = z.output<typeof insightType>;

export const toneMode = z.enum(['neutral', 'supportive', 'playful', 'direct']).meta({ id: 'ToneMode' });
export type ToneMode = z.output<typeof toneMode>;

/** Whether it is written anew although a stored one fits. */
export const fresh = flag
  .optional()
  .meta({ description: 'Writes anew where a stored insight fits; without it, that one is given.' });

/** Whether names of artists may go to the writer; without it, they do not. */
export const allowNames = flag.optional().meta({
  description:
    'Lets a `roast` of one’s own data export name the artists at its top, and a language model see these names.',
});

/** What every writer, model or template, has to give. */
export const insightText = z
  .object({
    title: text.min(1).max(120),
    body: text.min(1).max(4000),
    highlights: z
      .array(
        z.object({
          metric: foreignId.meta({ description: 'The snapshot’s measure, such as `avg_valence`.' }),
          text: text.min(1).max(300),
        }),
      )
      .max(6),
    tips: z.array(text.min(1).max(300)).max(5),
  })
  .meta({ id: 'InsightText' });
export type InsightText = z.output<typeof insightText>;

/** A model that was asked first and did not answer. */
export const fallback = z.object({ model: foreignId, code: foreignId }).meta({ id: 'ModelFallback' });
export type Fallback = z.output<typeof fallback>;

/** What an insight says, wherever it stands. */
export const insightContent = {
  snapshot_id: id,
  insight_type: insightType,
  tone_mode: toneMode,
  prompt_version: foreignId,
  prompt_hash: foreignId.meta({ description: 'SHA-256 of the prompt’s content, hexadecimal.' }),
  llm_model: foreignId.meta({ description: '`template` when no language model was used.' }),
  source: listeningSource,
  structured_output: insightText,
  content: text.meta({
    description:
      'The text as a person reads it. In events `{artist_1}` stands for the name of the snapshot’s first artist: names are in no event.',
  }),
  prompt_tokens: z.int().min(0).nullable(),
  completion_tokens: z.int().min(0).nullable(),
  provider_request_id: foreignId.nullable(),
  generation_ms: z.number().min(0),
  model_id: foreignId.nullable().optional().meta({ description: 'The model’s name in `/api/models`.' }),
  cost_usd: z.number().min(0).nullable().optional().meta({
    description:
      'US dollars that its calls took, by the price list of `price_as_of`; null where no price is known.',
  }),
  price_as_of: z.iso.date().nullable().optional(),
  fallbacks: z.array(fallback).optional().meta({
    description: 'Who was asked before, and why each did not answer; empty when the first one did.',
  }),
  reused_from: id
    .nullable()
    .optional()
    .meta({ description: 'The insight whose text this is; null when it was written for this snapshot.' }),
  reuse_reason: text.max(500).nullable().optional(),
  experiment_id: id
    .optional()
    .meta({ description: 'The experiment that chose the prompt’s version, where one did.' }),
  variant: foreignId.optional().meta({ description: 'The experiment’s variant that this person has.' }),
  replay_id: id.optional().meta({
    description:
      'The replay that wrote it: lists show it once that replay is activated, and nobody is notified of it.',
  }),
  parameters: modelParameters.optional().meta({ description: 'What the model was asked with.' }),
};

/** An insight as clients see it. */
export const insight = z
  .object({ id, user_id: id, ...insightContent, created_at: z.iso.datetime() })
  .meta({ id: 'Insight' });
export type Insight = z.output<typeof insight>;
