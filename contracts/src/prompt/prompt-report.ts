import { z } from 'zod';
import { id } from '../id.js';
import { calendarDay, inOrder, outOfOrder } from '../listening/period.js';
import { foreignId } from '../text.js';
import { promptName, promptNumber, variantName } from './prompt.js';

/** Days in UTC, both of them included. */
export const promptReportQuery = z
  .strictObject({ name: promptName, from: calendarDay.optional(), to: calendarDay.optional() })
  .refine(inOrder, outOfOrder);
export type PromptReportQuery = z.output<typeof promptReportQuery>;

const share = z.number().min(0).max(1);

/** What readers said of insights. */
export const promptFeedback = z
  .object({
    helpful: z.int().min(0),
    unhelpful: z.int().min(0),
    helpful_share: share.nullable(),
    low: share.nullable(),
    high: share.nullable(),
  })
  .meta({
    description:
      '`low` and `high` bound the share that readers at large would call helpful, at 95 % confidence (Wilson’s score interval). Null without feedback.',
  });
export type PromptFeedback = z.output<typeof promptFeedback>;

/** What became of one version, or of one variant of an experiment. */
export const promptReportRow = z
  .object({
    prompt_version: foreignId,
    number: promptNumber.nullable().meta({ description: 'Null for a version that the log does not have.' }),
    experiment_id: id.nullable(),
    variant: variantName.nullable(),
    insights: z.int().min(0),
    failures: z
      .int()
      .min(0)
      .meta({ description: 'Jobs that ended without an insight after the writer was asked.' }),
    failure_codes: z
      .record(foreignId, z.int().min(1))
      .meta({ description: 'Why, by the stable codes of `docs/errors.md`.' }),
    failure_rate: share.nullable().meta({ description: 'failures / (insights + failures).' }),
    llm_models: z.array(foreignId).meta({ description: 'Who wrote; `template` is no language model.' }),
    cost_usd: z
      .object({ total: z.number().min(0), known_for: z.int().min(0) })
      .nullable()
      .meta({
        description:
          'Of the insights that were written, not reused, and whose cost is known; null when it is known for none.',
      }),
    tokens: z.object({ prompt: z.int().min(0), completion: z.int().min(0) }),
    generation_ms: z
      .object({ median: z.number().min(0), p95: z.number().min(0) })
      .nullable()
      .meta({ description: 'Milliseconds; continuous percentiles of those that were written, not reused.' }),
    feedback: promptFeedback,
  })
  .meta({ id: 'PromptReportRow' });
export type PromptReportRow = z.output<typeof promptReportRow>;

export const promptReport = z
  .object({
    name: promptName,
    from: z.iso.date().nullable(),
    to: z.iso.date().nullable(),
    rows: z.array(promptReportRow).meta({
      description:
        'The oldest version first. Where there are more than fit into an answer, those of the newest versions: days tell of the others.',
    }),
  })
  .meta({ id: 'PromptReport' });
export type PromptReport = z.output<typeof promptReport>;
