import { z } from 'zod';
import { id } from '../id.js';
import { timeRange } from '../listening/snapshot.js';
import { defineJob } from './job.js';

/** Computes the snapshots of the three ranges that end with the last day of an imported history. Follows an import. */
export const computeExportSnapshots = defineJob({
  type: 'compute-export-snapshots',
  queue: 'spotify',
  maxAttempts: 5,
  payload: z.object({ user_id: id, import_id: id }),
  result: z.object({
    import_id: id,
    /** By range; one in which nothing was played has none. */
    snapshot_ids: z.partialRecord(timeRange, id),
  }),
});
