import { consumers } from '@undertone/contracts/consumers';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { moodV1 } from '../src/moods/mood-v1.js';
import { computeSnapshot } from '../src/snapshots/compute-snapshot.js';
import { listenedByLists } from '../src/snapshots/listened.js';
import type { Harness } from './harness.js';

/** Puts a snapshot of any day into a person's log, and waits until it can be read. @returns its id. */
export async function recordSnapshot(
  harness: Harness,
  userId: string,
  date: string,
  range: TimeRange,
  computedAt?: string,
): Promise<string> {
  const { id, sequence } = await appendSnapshot(harness, userId, date, range, computedAt);
  const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
  await progress.reached(consumers.listeningSnapshots, sequence, new AbortController().signal);
  return id;
}

/** The same without the wait. */
export async function appendSnapshot(
  { store }: Harness,
  userId: string,
  date: string,
  range: TimeRange,
  computedAt = `${date}T12:00:00.000Z`,
): Promise<{ id: string; sequence: number }> {
  const fetchedAt = `${date}T12:00:00.000Z`;
  const ingested = {
    user_id: userId,
    time_range: range,
    source: 'simulator' as const,
    fetched_at: fetchedAt,
    top_tracks: ['a', 'b'],
    top_artists: [],
    plays: [],
  };
  const snapshotId = newId();
  const aggregate = listeningAggregate(userId);
  const last = await store.last(aggregate.stream, aggregate.filter);
  const { sequence } = await store.append(
    aggregate,
    {
      definition: SnapshotComputed,
      id: snapshotId,
      time: new Date(fetchedAt),
      source: 'test',
      data: {
        snapshot_id: snapshotId,
        user_id: userId,
        ...computeSnapshot(
          listenedByLists(ingested, date),
          { features: new Map(), featureSource: 'none', genres: new Map() },
          moodV1,
        ),
        basis_event_id: null,
        computed_at: computedAt,
      },
    },
    last?.sequence ?? 0,
  );
  return { id: snapshotId, sequence };
}
