import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';
import { type Side, sideOfSnapshot, sideOfWeek, untold, type Verdict, verdictOf } from './clear-changes.js';
import type { Facts } from './facts.js';
import { areCountedAlike, type ComparedMetric, isVolume } from './numbers.js';

/** A metric now and in the weeks before, and the difference of the two; none of them is rounded. */
export interface Change extends Verdict {
  readonly metric: ComparedMetric;
  readonly now: number;
  /** The mean of what came before. */
  readonly before: number;
  readonly by: number;
}

export interface Comparison {
  /** How many weeks, or snapshots of weeks, there were before. */
  readonly weeks: number;
  /** The first day of the oldest and the last day of the newest of them. */
  readonly from: string;
  readonly to: string;
  /** Those that are known on both sides. */
  readonly changes: readonly Change[];
  /** Whether so much more, or less, is known now that no change of the sound can be told from one of what is known. */
  readonly isKnownOtherwise: boolean;
}

/** A difference in coverage from which on the two sides are not of the same music; stated in docs/measures.md. */
const COVERAGE_MOVED = 0.1;

/** A week, or a snapshot, against the mean of those before; undefined where there are none. */
export function comparisonOf({ snapshot, weeks, earlier }: Facts): Comparison | undefined {
  const [week, ...before] = weeks;
  if (week) return compared(sideOfWeek(week), before.map(sideOfWeek), before, areCountedAlike(weeks));
  const days = earlier.map(({ snapshot_date: day }) => ({ from: day, to: day }));
  // Snapshots that overlap are no more than one of them is: their sizes do not add up.
  const past = earlier.map((one) => sideOfSnapshot(one, 1 / earlier.length));
  return compared(sideOfSnapshot(snapshot), past, days, true);
}

type Days = Pick<Trend, 'from' | 'to'>;

function compared(
  now: Side,
  past: readonly Side[],
  days: readonly Days[],
  countsAmounts: boolean,
): Comparison | undefined {
  const [newest, oldest] = [days[0], days.at(-1)];
  if (!newest || !oldest) return undefined;
  const isKnownOtherwise = Math.abs(now.coverage - meanOf(past.map((one) => one.coverage))) >= COVERAGE_MOVED;
  const changes = [...now.numbers].flatMap(([metric, value]): Change[] => {
    if (isVolume(metric) && !countsAmounts) return [];
    const known = past.flatMap(({ numbers }) => numbers.get(metric) ?? []);
    if (known.length === 0) return [];
    const before = meanOf(known);
    const by = value - before;
    const verdict = isKnownOtherwise && !isOfWhatIsKnown(metric) ? untold : verdictOf(metric, by, now, past);
    return [{ metric, now: value, before, by, ...verdict }];
  });
  return { weeks: past.length, from: oldest.from, to: newest.to, changes, isKnownOtherwise };
}

const isOfWhatIsKnown = (metric: ComparedMetric) => isVolume(metric) || metric.includes('.unknown.');

const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** Whether two snapshots' numbers may be set against each other: made from the same kind of listening in the same way. */
export const isComparable = (a: Snapshot, b: Snapshot): boolean =>
  a.source === b.source &&
  a.time_range === b.time_range &&
  a.weighting === b.weighting &&
  a.audio_features.source === b.audio_features.source &&
  a.classifier_version === b.classifier_version;
