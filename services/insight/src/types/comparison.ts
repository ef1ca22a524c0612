import {
  type FeatureName,
  featureNames,
  type MoodName,
  moodNames,
  type Snapshot,
} from '@undertone/contracts/listening/snapshot';
import type { Facts } from './facts.js';

/** What is compared: averages, shares of moods, and how even these are. */
export type ComparedMetric =
  | `avg_${FeatureName}`
  | `mood_patterns.${MoodName}.percentage`
  | 'mood_diversity_score';

/** A metric now and in the weeks before, both as they are shown, and the difference of these two. */
export interface Change {
  readonly metric: ComparedMetric;
  readonly now: number;
  /** The mean of the weeks before. */
  readonly before: number;
  readonly by: number;
}

export interface Comparison {
  /** How many weeks there were before. */
  readonly weeks: number;
  /** The days of the oldest and the newest of them. */
  readonly from: string;
  readonly to: string;
  /** Those that are known on both sides. */
  readonly changes: readonly Change[];
}

/** Decimals that a metric is shown with. */
export function decimalsOf(metric: ComparedMetric): number {
  if (metric === 'avg_tempo' || metric.startsWith('mood_patterns.')) return 0;
  return metric === 'avg_loudness' ? 1 : 2;
}

const values = (snapshot: Snapshot): Map<ComparedMetric, number> => {
  const { audio_features: features, mood_patterns: moods, mood_diversity_score: diversity } = snapshot;
  const known = new Map<ComparedMetric, number>();
  for (const name of featureNames) {
    const value = features[`avg_${name}`];
    if (value !== null) known.set(`avg_${name}`, value);
  }
  for (const mood of moodNames) known.set(`mood_patterns.${mood}.percentage`, moods[mood].percentage);
  if (diversity !== null) known.set('mood_diversity_score', diversity);
  return known;
};

/**
 * A snapshot against the mean of those of the weeks before; undefined where there are none. The difference is taken
 * between the numbers as they are shown, so that a reader who subtracts comes to the same.
 */
export function comparisonOf({ snapshot, earlier }: Facts): Comparison | undefined {
  const [newest] = earlier;
  const oldest = earlier.at(-1);
  if (!newest || !oldest) return undefined;
  const past = earlier.map(values);
  const changes = [...values(snapshot)].flatMap(([metric, value]): Change[] => {
    const known = past.flatMap((week) => week.get(metric) ?? []);
    if (known.length === 0) return [];
    const rounded = (number: number) => Number(number.toFixed(decimalsOf(metric)));
    const before = rounded(known.reduce((sum, one) => sum + one, 0) / known.length);
    const now = rounded(value);
    return [{ metric, now, before, by: rounded(now - before) }];
  });
  return { weeks: earlier.length, from: oldest.snapshot_date, to: newest.snapshot_date, changes };
}

/** Whether two snapshots' numbers may be set against each other: made from the same kind of listening in the same way. */
export const isComparable = (a: Snapshot, b: Snapshot): boolean =>
  a.source === b.source &&
  a.time_range === b.time_range &&
  a.weighting === b.weighting &&
  a.audio_features.source === b.audio_features.source &&
  a.classifier_version === b.classifier_version;
