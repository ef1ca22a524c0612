import { consumers } from '@undertone/contracts/consumers';
import { PlaysFetched, type PlaysFetchedData } from '@undertone/contracts/listening/plays-fetched';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import type { Harness } from './harness.js';

/** Records a fetch of plays after a gap, and waits for the projection. */
export async function recordGap(
  harness: Harness,
  userId: string,
  gap: NonNullable<PlaysFetchedData['possible_gap']>,
  plays: PlaysFetchedData['plays'] = [],
): Promise<void> {
  const data = {
    user_id: userId,
    source: 'simulator' as const,
    fetched_at: new Date().toISOString(),
    plays,
    possible_gap: gap,
  };
  const event = { definition: PlaysFetched, id: newId(), data, time: new Date(), source: 'test' };
  // The snapshots of an import are appended meanwhile, to the same aggregate.
  const { sequence } = await recordOnce(harness.store, listeningAggregate(userId), event, { upTo: 0 });
  const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
  await progress.reached(consumers.plays, sequence, new AbortController().signal);
}
