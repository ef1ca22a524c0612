import { z } from 'zod';
import { id } from '../id.js';
import { insightType } from '../insight/insight.js';
import { calendarDay, inOrder, outOfOrder } from '../listening/period.js';
import { timeRange } from '../listening/snapshot.js';
import { foreignId, text } from '../text.js';

/** Which snapshots a replay writes insights for; empty: all. */
export const replayFilter = z
  .strictObject({
    user_ids: z.array(id).min(1).max(1_000).optional(),
    from: z.iso.date().optional().meta({ description: 'First day of the snapshots.' }),
    to: z.iso.date().optional().meta({ description: 'Last day of the snapshots.' }),
    time_range: timeRange.optional(),
    only_with_insight: z
      .boolean()
      .optional()
      .meta({ description: 'Only snapshots that an insight of the type was written from before.' }),
  })
  .meta({
    id: 'ReplayFilter',
    description:
      'Current snapshots, and replaced ones that an insight of the type was written from before: what nobody can see is not written again.',
  });
export type ReplayFilter = z.output<typeof replayFilter>;

/** The same as an operator may ask for it; a log may have other days. */
const askedFilter = replayFilter
  .extend({
    from: calendarDay.optional().meta({ description: 'First day of the snapshots.' }),
    to: calendarDay.optional().meta({ description: 'Last day of the snapshots.' }),
  })
  .refine(inOrder, outOfOrder)
  .meta({ id: 'AskedReplayFilter', description: replayFilter.description });

/** What a replay may use in all. When it is reached the replay pauses. */
export const replayBudget = z
  .strictObject({
    calls: z.int().min(1).optional(),
    tokens: z.int().min(1).optional(),
    usd: z.number().positive().optional(),
  })
  .meta({ id: 'ReplayBudget' });
export type ReplayBudget = z.output<typeof replayBudget>;

/** What an operator asks for. */
export const replayOrder = z.strictObject({
  insight_type: insightType,
  prompt_version: foreignId
    .max(100)
    .meta({ description: 'Published before: `wellness-v2`.', example: 'wellness-v2' }),
  filter: askedFilter.default({}),
  canary: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .meta({ description: 'Share of the snapshots that goes first and waits for a go.' }),
  budget: replayBudget.default({}),
  window: z
    .int()
    .min(1)
    .max(1_000)
    .default(50)
    .meta({ description: 'Jobs that may be under way at once; also the most that run on after a pause.' }),
  activate: z
    .enum(['when_complete', 'by_hand'])
    .default('when_complete')
    .meta({ description: 'With failures it is never activated without a word of the operator.' }),
});
export type ReplayOrder = z.output<typeof replayOrder>;

export const replayStatus = z
  .enum(['running', 'awaiting_go', 'paused', 'completed', 'active', 'rolled_back', 'cancelled'])
  .meta({
    id: 'ReplayStatus',
    description:
      '`completed`: everything is written and nothing is shown yet. `active`: readers see the new insights.',
  });
export type ReplayStatus = z.output<typeof replayStatus>;

/** Statuses after which nothing happens to a replay unless somebody asks for it. */
export const isReplayOver = (status: ReplayStatus): boolean =>
  status === 'active' || status === 'rolled_back' || status === 'cancelled';

export const replayPhase = z.enum(['canary', 'rest']);
export type ReplayPhase = z.output<typeof replayPhase>;

const count = z.int().min(0);
const usage = z.object({
  calls: count.meta({
    description:
      'Calls of models: repairs, models that did not answer and tries that led to nothing among them. Each is counted before it is made.',
  }),
  tokens: count.meta({
    description:
      'Of a call that is under way, or did not say what it took, the most that it may take: all of the question, and the longest answer.',
  }),
  usd: z
    .number()
    .min(0)
    .nullable()
    .meta({ description: 'The same in US dollars; null where no price is known.' }),
});

export const replayProgress = z
  .object({
    snapshots: count.meta({ description: 'In the filter by now; more may arrive.' }),
    written: count,
    failed: count,
    under_way: count,
    waiting: count,
    retries: count.meta({
      description: 'Tries that were begun again; one that was put back does not count.',
    }),
    used: usage,
    hold_until: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'The model asked to wait: nothing more is requested before.' }),
    put_back: z.object({ code: foreignId, jobs: count, until: z.iso.datetime() }).nullable().meta({
      description:
        'Jobs under way that wait for a budget of the day, the model’s rate or a model that is away, by the most frequent code, and when the first of them goes on.',
    }),
    per_minute: z.number().min(0).meta({ description: 'Insights of the last minute.' }),
    estimated_end: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ReplayProgress' });
export type ReplayProgress = z.output<typeof replayProgress>;

/** A replay as operators see it. */
export const replay = z
  .object({
    id,
    ...replayOrder.shape,
    filter: replayFilter,
    budget: replayBudget,
    canary: z.number().nullable(),
    status: replayStatus,
    phase: replayPhase,
    pause_reason: z.enum(['operator', 'budget']).nullable(),
    progress: replayProgress,
    requested_at: z.iso.datetime(),
    completed_at: z.iso.datetime().nullable(),
    through_sequence: count
      .nullable()
      .meta({ description: 'The filter ended at this sequence of LISTENING; what came later is not in it.' }),
    activated_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Replay' });
export type Replay = z.output<typeof replay>;

/** What a replay would take. */
export const replayEstimate = z
  .object({
    snapshots: count,
    with_insight: count.meta({ description: 'Of them, those that somebody has an insight of the type of.' }),
    calls: count,
    tokens: count.nullable(),
    usd: z.number().min(0).nullable(),
    seconds: z.number().min(0).nullable(),
    based_on: z.enum(['past_insights', 'prompt_size']).meta({
      description:
        '`past_insights`: means over the newest insights of the type that a model wrote. `prompt_size`: none was, so tokens are counted from the prompt’s length at four characters each, and neither money nor time is known.',
    }),
    sample: count.meta({ description: 'Past insights behind the means.' }),
  })
  .meta({ id: 'ReplayEstimate' });
export type ReplayEstimate = z.output<typeof replayEstimate>;

/** The answer to an order: what it would take, and the replay unless it was a dry run. */
export const replayOrdered = z
  .object({
    dry_run: z.boolean(),
    estimate: replayEstimate,
    warnings: z
      .array(text)
      .meta({ description: 'What an operator should know before it runs; none of it forbids the replay.' }),
    replay: replay.nullable(),
  })
  .meta({ id: 'ReplayOrdered' });
export type ReplayOrdered = z.output<typeof replayOrdered>;
