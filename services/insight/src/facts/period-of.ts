import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Facts } from './facts.js';
import { showDate } from './shown-numbers.js';

const LENGTHS: Record<Snapshot['time_range'], string> = {
  short_term: '4 weeks',
  medium_term: '6 months',
  long_term: 'year',
};

/** Which days the facts are of: `the week from 9 November 2026 to 15 November 2026`, `about the 6 months up to …`. */
export function periodOf({ snapshot, weeks: [week] }: Facts): string {
  if (week) return `the week from ${showDate(week.from)} to ${showDate(week.to)}`;
  return `${snapshot.weighting === 'plays' ? '' : 'about '}the ${LENGTHS[snapshot.time_range]} up to ${showDate(snapshot.snapshot_date)}`;
}
