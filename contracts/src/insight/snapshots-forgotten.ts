import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';

export const SnapshotsForgotten = defineEvent({
  context: 'insight',
  name: 'snapshots-forgotten',
  description:
    'Snapshots are being erased, and what was written of them: whoever is writing of one now records nothing.',
  schema: z.object({
    user_id: id,
    snapshot_ids: z.array(id).min(1).max(1_000),
    forgotten_at: z.iso.datetime(),
  }),
});
