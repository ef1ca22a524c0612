import {
  SnapshotComputed,
  type SnapshotComputedData,
} from '@undertone/contracts/listening/snapshot-computed';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, EventOf } from '@undertone/platform/event-store/decider';

// Events

const events = [SnapshotComputed] as const;
type SnapshotEvent = EventOf<typeof events>;

// State

/** A person's current snapshot by day and range. */
export type CurrentSnapshots = ReadonlyMap<string, string>;

const initial: CurrentSnapshots = new Map();

const placeOf = (snapshot: Pick<SnapshotComputedData, 'snapshot_date' | 'time_range'>): string =>
  `${snapshot.snapshot_date} ${snapshot.time_range}`;

function evolve(state: CurrentSnapshots, event: SnapshotEvent): CurrentSnapshots {
  switch (event.type) {
    case 'snapshot-computed':
      return new Map(state).set(placeOf(event.data), event.data.snapshot_id);
    default:
      return event.type satisfies never;
  }
}

// Commands

/** A snapshot that is computed again takes the place of the old one. */
export interface ReplaceSnapshot {
  readonly replaced: string;
  readonly by: SnapshotComputedData;
}

function decide({ replaced, by }: ReplaceSnapshot, state: CurrentSnapshots): SnapshotEvent | undefined {
  // Somebody else replaced it meanwhile: theirs stays.
  if (state.get(placeOf(by)) !== replaced) return undefined;
  return { type: 'snapshot-computed', data: by };
}

/** Which snapshots of a person are current; one is replaced only while it is. */
export const currentSnapshots: Decider<ReplaceSnapshot, CurrentSnapshots, typeof events> = {
  events,
  initial,
  evolve,
  decide,
};

// Envelope

/** @param causationId the event of the old snapshot. */
export const replacementEnvelope = (causationId: string, { by }: ReplaceSnapshot): Envelope => ({
  id: by.snapshot_id,
  source: 'ingestion',
  time: new Date(by.computed_at),
  causationId,
});
