import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Facts } from './facts.js';
import {
  areCountedAlike,
  type ComparedMetric,
  isVolume,
  plainMetric,
  snapshotNumbers,
  weekNumbers,
} from './numbers.js';

/** A metric now and in the weeks before, both as they are shown, and the difference of these two. */
export interface Change {
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
}

/** Decimals that a metric is shown with. */
export function decimalsOf(metric: ComparedMetric): number {
  const plain = plainMetric(metric);
  if (['avg_tempo', 'plays', 'tracks'].includes(plain) || plain.startsWith('mood_patterns.')) return 0;
  return plain === 'avg_loudness' || plain === 'hours' ? 1 : 2;
}

/**
 * A week, or a snapshot, against the mean of those before; undefined where there are none. The difference is taken
 * between the numbers as they are shown, so that a reader who subtracts comes to the same.
 */
export function comparisonOf({ snapshot, weeks, earlier }: Facts): Comparison | undefined {
  const [week, ...before] = weeks;
  if (!week) {
    const days = earlier.map(({ snapshot_date: day }) => ({ from: day, to: day }));
    return compared(snapshotNumbers(snapshot), earlier.map(snapshotNumbers), days);
  }
  const comparison = compared(weekNumbers(week), before.map(weekNumbers), before);
  if (!comparison || areCountedAlike(weeks)) return comparison;
  return { ...comparison, changes: comparison.changes.filter(({ metric }) => !isVolume(metric)) };
}

type Numbers = ReadonlyMap<ComparedMetric, number>;
type Days = Pick<Comparison, 'from' | 'to'>;

function compared(now: Numbers, past: readonly Numbers[], days: readonly Days[]): Comparison | undefined {
  const [newest, oldest] = [days[0], days.at(-1)];
  if (!newest || !oldest) return undefined;
  const changes = [...now].flatMap(([metric, value]): Change[] => {
    const known = past.flatMap((one) => one.get(metric) ?? []);
    if (known.length === 0) return [];
    const rounded = (number: number) => Number(number.toFixed(decimalsOf(metric)));
    const before = rounded(known.reduce((sum, one) => sum + one, 0) / known.length);
    const shown = rounded(value);
    return [{ metric, now: shown, before, by: rounded(shown - before) }];
  });
  return { weeks: past.length, from: oldest.from, to: newest.to, changes };
}

/** Whether two snapshots' numbers may be set against each other: made from the same kind of listening in the same way. */
export const isComparable = (a: Snapshot, b: Snapshot): boolean =>
  a.source === b.source &&
  a.time_range === b.time_range &&
  a.weighting === b.weighting &&
  a.audio_features.source === b.audio_features.source &&
  a.classifier_version === b.classifier_version;
