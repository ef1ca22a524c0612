import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';

export const SnapshotsWithdrawn = defineEvent({
  context: 'listening',
  name: 'snapshots-withdrawn',
  description:
    'Nothing is left of what these snapshots were computed from: they are nobody’s current ones any more.',
  schema: z.object({
    user_id: id,
    snapshot_ids: z.array(id).min(1).max(1_000),
    withdrawn_at: z.iso.datetime(),
  }),
});
export type SnapshotsWithdrawnData = z.output<typeof SnapshotsWithdrawn.schema>;
