import type { RecordedEvent } from '@undertone/contracts/event';
import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import {
  SnapshotComputed,
  type SnapshotComputedData,
} from '@undertone/contracts/listening/snapshot-computed';

/** What an export told of a stream may be told by a provider with another time, in another zone. */
const NEAR_MS = 2 * 86_400_000;

/** Events of a person's log, by their sequences. */
export interface FromProvider {
  /** Lists and plays that a provider told. */
  readonly told: readonly number[];
  /** Snapshots that were computed from them, or with some of them, by their ids. */
  readonly snapshots: ReadonlyMap<string, number>;
}

interface ToldPlay {
  readonly at: number;
  readonly sequence: number;
}

/**
 * What of a person's log came of a provider.
 * @param events of their listening, in order.
 * @param before sequence of the event that asked for its removal; what came after it stays.
 * @throws {UnreadableEvent} a newer release recorded one of them.
 */
export function fromProvider(events: readonly RecordedEvent[], before: number): FromProvider {
  const told: number[] = [];
  const plays: ToldPlay[] = [];
  const computed: { readonly sequence: number; readonly data: SnapshotComputedData }[] = [];
  for (const event of events) {
    const { sequence } = event;
    if (sequence >= before) break;
    const fetched = PlaysFetched.read(event) ?? ListeningIngested.read(event);
    if (fetched) {
      told.push(sequence);
      plays.push(...fetched.plays.map(({ played_at }) => ({ at: Date.parse(played_at), sequence })));
    }
    const data = SnapshotComputed.read(event);
    if (data) computed.push({ sequence, data });
  }
  plays.sort((a, b) => a.at - b.at);
  const withSome = computed.filter(
    ({ data, sequence }) => data.source !== 'export' || hasToldBefore(plays, data.period, sequence),
  );
  return { told, snapshots: new Map(withSome.map(({ data, sequence }) => [data.snapshot_id, sequence])) };
}

/** Whether a provider had told of plays near a period when a snapshot of it was computed. */
function hasToldBefore(
  plays: readonly ToldPlay[],
  period: SnapshotComputedData['period'],
  sequence: number,
): boolean {
  if (!period) return false;
  const [from, to] = [Date.parse(period.from) - NEAR_MS, Date.parse(period.to) + NEAR_MS];
  for (let place = firstFrom(plays, from); ; place += 1) {
    const play = plays[place];
    if (!play || play.at > to) return false;
    if (play.sequence < sequence) return true;
  }
}

/** The place of the first play that is not before a moment. */
function firstFrom(plays: readonly ToldPlay[], moment: number): number {
  let [low, high] = [0, plays.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((plays[middle] as ToldPlay).at < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
