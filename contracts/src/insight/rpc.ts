import { z } from 'zod';
import { id } from '../id.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { text } from '../text.js';
import { insight, insightType } from './insight.js';
import { languageModels } from './language-model.js';

export const insightQuery = z.strictObject({
  user_id: id,
  insight_type: insightType.optional(),
  prompt_version: text.max(100).optional(),
  limit,
  cursor,
});
export type InsightQuery = z.output<typeof insightQuery>;

export const insightPage = pageSchema(insight);

export const listInsights = defineRpc({
  service: 'insight',
  question: 'list-insights',
  access: { owner: 'user_id' },
  input: insightQuery,
  output: insightPage,
});

export const getInsight = defineRpc({
  service: 'insight',
  question: 'get-insight',
  access: { owner: 'insight_id' },
  input: z.object({ insight_id: id }),
  output: z.object({ insight: insight.nullable() }),
});

/** The language models, each asked how it is unless that was just done. */
export const listModels = defineRpc({
  service: 'insight',
  question: 'list-models',
  access: 'user',
  input: z.object({}),
  output: languageModels,
});

/** What a reader says of an insight; said again, the last word counts. */
export const insightFeedback = z.strictObject({ insight_id: id, helpful: z.boolean() });

export const givenFeedback = z
  .object({ insight_id: id, helpful: z.boolean() })
  .meta({ id: 'InsightFeedback' });

export const giveFeedback = defineRpc({
  service: 'insight',
  question: 'give-feedback',
  access: { owner: 'insight_id' },
  isWrite: true,
  input: insightFeedback.extend({
    /** Of the request: with the same key again, it is done once. */
    idempotency_key: z.string().min(1).max(255).optional(),
  }),
  output: givenFeedback,
});

/** Erases what was written of snapshots that are about to be erased. Asked again, there is nothing left to do. */
export const forgetSnapshots = defineRpc({
  service: 'insight',
  question: 'forget-snapshots',
  access: 'service',
  isWrite: true,
  input: z.object({
    user_id: id,
    snapshot_ids: z.array(id).min(1).max(1_000),
    known_up_to: z
      .int()
      .min(0)
      .meta({ description: 'Sequence of LISTENING after which none of them comes.' }),
  }),
  output: z.object({
    insights: z.int().min(0),
    events: z.int().min(0).meta({ description: 'Overwritten in the log.' }),
  }),
  timeoutMs: 60_000,
});
