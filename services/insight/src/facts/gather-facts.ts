import { listSnapshots } from '@undertone/contracts/listening/rpc';
import type { ListeningSource, Snapshot } from '@undertone/contracts/listening/snapshot';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { artistsOf } from './artists.js';
import { isComparable } from './comparison.js';
import { type Facts, type FactsUsed, factsOf } from './facts.js';
import { lastWeeks } from './last-week.js';

const DAY = 86_400_000;
/** How many weeks a snapshot is compared with. */
const WEEKS = 4;

const NAMELESS: Record<ListeningSource, string> = {
  export: 'No artist is named here: this snapshot has no names that can be shown.',
  spotify: 'No artist is named here: names are used from a data export alone.',
  simulator: 'No artist is named here: names are used from a data export alone.',
};

/**
 * Collects what a type is told besides its snapshot. Names of artists are in it for a type that uses them, where the
 * person allowed it and imported the listening: Spotify's terms keep its own content from language models.
 * @param how.tellsPeriod whether the prompt says which days the numbers are of; one that does not was written for those of
 *   the snapshot, and is not given a week's.
 */
export async function gatherFacts(
  rpc: RpcClient,
  uses: FactsUsed,
  snapshot: Snapshot,
  { allowNames, tellsPeriod }: { readonly allowNames: boolean; readonly tellsPeriod: boolean },
): Promise<Facts> {
  const wantsNames = uses.artists && allowNames;
  const artists = wantsNames && snapshot.source === 'export' ? artistsOf(snapshot) : [];
  const { weeks, emptyWeek } = uses.weeks && tellsPeriod ? await lastWeeks(rpc, snapshot) : { weeks: [] };
  return factsOf(snapshot, {
    weeks,
    ...(emptyWeek && { emptyWeek }),
    earlier: uses.weeks && weeks.length === 0 ? await earlierSnapshots(rpc, snapshot) : [],
    artists,
    ...(wantsNames && artists.length === 0 && { nameless: NAMELESS[snapshot.source] }),
  });
}

const dayBefore = (date: string, days: number) =>
  new Date(Date.parse(date) - days * DAY).toISOString().slice(0, 10);

/** The newest comparable snapshot of each of the weeks before; a week without one is left out. */
async function earlierSnapshots(rpc: RpcClient, snapshot: Snapshot): Promise<Snapshot[]> {
  const { snapshot_date: date, time_range, user_id } = snapshot;
  const { items } = await rpc.ask(listSnapshots, {
    user_id,
    time_range,
    from: dayBefore(date, WEEKS * 7 + 6),
    to: dayBefore(date, 7),
    limit: 100,
  });
  const weeks = new Map<number, Snapshot>();
  for (const one of items) {
    const week = Math.floor((Date.parse(date) - Date.parse(one.snapshot_date)) / (7 * DAY));
    const known = weeks.get(week);
    const isNewer = !known || one.snapshot_date > known.snapshot_date;
    if (week >= 1 && week <= WEEKS && isNewer && isComparable(one, snapshot)) weeks.set(week, one);
  }
  return [...weeks].sort(([a], [b]) => a - b).map(([, one]) => one);
}
