import { z } from 'zod';
import { id } from '../id.js';
import { timeRange } from '../listening/snapshot.js';
import { defineJob } from './job.js';

/** Fetches a person's listening for a time range and computes the day's snapshot. */
export const ingestListeningData = defineJob({
  type: 'ingest-listening-data',
  queue: 'spotify',
  maxAttempts: 5,
  payload: z.object({ user_id: id, time_range: timeRange }),
  result: z.object({ snapshot_id: id }),
});
