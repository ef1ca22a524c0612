import { z } from 'zod';
import { id } from '../id.js';
import { timeRange } from '../listening/snapshot.js';
import { defineJob } from './job.js';

/** Fetches what is no longer fresh of a person's listening for a time range, and computes the day's snapshot. */
export const ingestListeningData = defineJob({
  type: 'ingest-listening-data',
  queue: 'spotify',
  maxAttempts: 5,
  payload: z.object({ user_id: id, time_range: timeRange }),
  result: z.object({
    snapshot_id: id,
    /** The snapshot was there already: nothing that it follows from has changed. */
    reused: z.boolean(),
    /** When what it rests on was told: the lists of the provider, or the person's own export. */
    fetched_at: z.iso.datetime(),
  }),
});
