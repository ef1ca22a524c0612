import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { snapshotContent } from './snapshot.js';

export const SnapshotComputed = defineEvent({
  context: 'listening',
  name: 'snapshot-computed',
  description: 'The snapshot of a person, day and range; a later one of the same three replaces it.',
  schema: z.object({
    snapshot_id: id,
    user_id: id,
    ...snapshotContent,
    computed_at: z.iso.datetime(),
  }),
});
export type SnapshotComputedData = z.output<typeof SnapshotComputed.schema>;
