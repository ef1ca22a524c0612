import type { SnapshotComputedData } from '@undertone/contracts/listening/snapshot-computed';
import { newId } from '@undertone/platform/ids/ids';
import { specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { moodV1 } from '../moods/mood-v1.js';
import { computeSnapshot } from './compute-snapshot.js';
import { currentSnapshots, replacementEnvelope } from './current-snapshots.js';

const userId = newId();
const snapshot = (snapshotDate = '2026-11-20'): SnapshotComputedData => ({
  snapshot_id: newId(),
  user_id: userId,
  ...computeSnapshot(
    {
      source: 'simulator',
      snapshot_date: snapshotDate,
      time_range: 'short_term',
      period: null,
      weighting: 'tracks',
      tracks: [{ id: 'a', weight: 1 }],
      top_artists: [],
    },
    { features: new Map(), featureSource: 'none', genres: new Map() },
    moodV1,
  ),
  basis_event_id: null,
  computed_at: '2026-11-21T10:00:00.000Z',
});
const computed = (data: SnapshotComputedData) => ({ type: 'snapshot-computed', data }) as const;
const { given } = specify(currentSnapshots);

describe('a snapshot', () => {
  const old = snapshot();
  const by = snapshot();
  const command = { replaced: old.snapshot_id, by };

  it('is replaced while it is the current one of its day and range', () => {
    given([computed(old)])
      .when(command)
      .then([computed(by)]);
    given([computed(old), computed(snapshot('2026-11-21'))])
      .when(command)
      .then([computed(by)]);
  });

  it('is not replaced where somebody else’s took its place, or the same one before', () => {
    given([computed(old), computed(snapshot())])
      .when(command)
      .thenNothing();
    given([computed(old), computed(by)])
      .when(command)
      .thenNothing();
  });

  it('is not replaced where there is none', () => {
    given([]).when(command).thenNothing();
  });

  it('is recorded under its own id, as what follows from the old one', () => {
    expect(replacementEnvelope('the old event', command)).toEqual({
      id: by.snapshot_id,
      source: 'ingestion',
      time: new Date(by.computed_at),
      causationId: 'the old event',
    });
  });
});
