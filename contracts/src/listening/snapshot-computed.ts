import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { snapshotContent } from './snapshot.js';
import { snapshotComputedV1 } from './snapshot-computed-v1.js';

export const SnapshotComputed = defineEvent({
  context: 'listening',
  name: 'snapshot-computed',
  description: 'The snapshot of a person, day and range; a later one of the same three replaces it.',
  schema: z.object({
    snapshot_id: id,
    user_id: id,
    ...snapshotContent,
    basis_event_id: id.nullable().meta({
      description:
        'What it was computed from: with `tracks` the ingest of this id; with `plays` all plays of the period that the person’s log had up to and with this event. Null: the ingest of the same job.',
    }),
    features_at: z.iso.datetime().optional().meta({
      description:
        'Audio features that were stored later do not count in it, by the clock that they are stored with; absent: `computed_at`.',
    }),
    computed_at: z.iso.datetime(),
  }),
  older: [snapshotComputedV1],
});
export type SnapshotComputedData = z.output<typeof SnapshotComputed.schema>;

const HOUR_MS = 3_600_000;

/**
 * Whether a snapshot ends with a day that had not begun when it was computed, an hour's difference of clocks allowed. Earlier
 * releases took the time of a play for true, and computed such snapshots.
 */
export const isOfTheFuture = ({
  snapshot_date,
  computed_at,
}: Pick<SnapshotComputedData, 'snapshot_date' | 'computed_at'>): boolean =>
  Date.parse(`${snapshot_date}T00:00:00Z`) > Date.parse(computed_at) + HOUR_MS;
