import { z } from 'zod';
import { id } from '../id.js';
import { provider } from '../token/connection.js';
import { defineJob } from './job.js';

/** Snapshots that are current now, newest day first. */
const renewed = { snapshot_ids: z.array(id) };

/** Takes an import back: its plays leave every number, and what they had replaced returns. */
export const takeBackImport = defineJob({
  type: 'take-back-import',
  queue: 'spotify',
  maxAttempts: 5,
  cancellable: 'until-started',
  payload: z.object({ user_id: id, import_id: id }),
  result: z.object({ import_id: id, ...renewed }),
});

/** Counts a person's plays by a threshold of their own, or by the rule again. */
export const chooseListenThreshold = defineJob({
  type: 'choose-listen-threshold',
  queue: 'spotify',
  maxAttempts: 5,
  cancellable: 'until-started',
  payload: z.object({
    user_id: id,
    threshold: z
      .object({ min_seconds: z.int().min(0).nullable(), min_share: z.number().gt(0).max(1).nullable() })
      .nullable(),
  }),
  result: z.object({ ...renewed }),
});

/** Erases what was fetched from a provider, what was computed from it and written about that. */
export const removeProviderData = defineJob({
  type: 'remove-provider-data',
  queue: 'spotify',
  maxAttempts: 10,
  cancellable: 'never',
  payload: z.object({ user_id: id, provider }),
  result: z.object({
    provider,
    ...renewed,
    removed: z.object({
      events: z.int().min(0).meta({ description: 'Of what was told and computed, overwritten in the log.' }),
      snapshots: z.int().min(0),
      insights: z.int().min(0),
    }),
  }),
});
