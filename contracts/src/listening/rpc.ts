import { z } from 'zod';
import { id } from '../id.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { calendarDay } from './period.js';
import { snapshot, timeRange } from './snapshot.js';

export const snapshotQuery = z.strictObject({
  user_id: id,
  time_range: timeRange.optional(),
  from: calendarDay.optional(),
  to: calendarDay.optional(),
  limit,
  cursor,
});
export type SnapshotQuery = z.output<typeof snapshotQuery>;

export const snapshotPage = pageSchema(snapshot);

export const listSnapshots = defineRpc({
  service: 'ingestion',
  question: 'list-snapshots',
  access: { owner: 'user_id' },
  input: snapshotQuery,
  output: snapshotPage,
});

/** A snapshot that was replaced stays readable by its id. */
export const getSnapshot = defineRpc({
  service: 'ingestion',
  question: 'get-snapshot',
  access: { owner: 'snapshot_id' },
  input: z.object({ snapshot_id: id }),
  output: z.object({ snapshot: snapshot.nullable() }),
});

/** The newest snapshot of a range of each of the users who have one that is not older than a day. */
export const newestSnapshots = defineRpc({
  service: 'ingestion',
  question: 'newest-snapshots',
  access: 'service',
  input: z.object({ user_ids: z.array(id).max(1_000), time_range: timeRange, since: calendarDay }),
  output: z.object({ newest: z.array(z.object({ user_id: id, snapshot_id: id })) }),
});
