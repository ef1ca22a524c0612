import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Facts } from './facts.js';
import { showDate } from './shown-numbers.js';

const LENGTHS: Record<Snapshot['time_range'], string> = {
  short_term: '4 weeks',
  medium_term: '6 months',
  long_term: 'year',
};

const DAY_MS = 86_400_000;
/** Of plays that span less of a range than this share, a text names their days and not the range. */
const ENOUGH_OF_RANGE = 0.75;

/** The days of the plays, where they are much less than the range: who joined three weeks ago has no year. Undefined where they fill it. */
export function shortHistory({
  period,
  first_played_at: first,
  snapshot_date: to,
}: Snapshot): { readonly from: string; readonly to: string } | undefined {
  if (!period || !first) return undefined;
  const [begin, end] = [Date.parse(period.from), Date.parse(period.to)];
  const from = first.slice(0, 10);
  const spanned = end - Date.parse(from);
  return spanned < ENOUGH_OF_RANGE * (end - begin) && spanned >= DAY_MS ? { from, to } : undefined;
}

/** `the days from 2 November 2026 to 20 November 2026`, `the one day of 20 November 2026`. */
export const inDays = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  from === to ? `the one day of ${showDate(to)}` : `the days from ${showDate(from)} to ${showDate(to)}`;

/** Which days the facts are of: `the week from 9 November 2026 to 15 November 2026`, `about the 6 months up to …`. */
export function periodOf({ snapshot, weeks: [week] }: Facts): string {
  if (week) return `the week from ${showDate(week.from)} to ${showDate(week.to)}`;
  const days = shortHistory(snapshot);
  if (days) return inDays(days);
  return `${snapshot.weighting === 'plays' ? '' : 'about '}the ${LENGTHS[snapshot.time_range]} up to ${showDate(snapshot.snapshot_date)}`;
}
