import {
  type FeatureName,
  featureNames,
  type MoodName,
  moodNames,
  type Snapshot,
} from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';

type Shared = `avg_${FeatureName}` | `mood_patterns.${MoodName}.percentage`;
/** What snapshots are compared by: averages, shares of moods, and how even these are. */
export type SnapshotMetric = Shared | 'mood_diversity_score';
/** What weeks are compared by: the same but evenness, and how much was played. */
export type WeekMetric = `week.${Shared | 'plays' | 'tracks' | 'hours'}`;
export type ComparedMetric = SnapshotMetric | WeekMetric;

/** The metric, whether it is a week's or a snapshot's. */
export const plainMetric = (metric: ComparedMetric): string => metric.replace(/^week\./, '');

export const isVolume = (metric: ComparedMetric): boolean =>
  metric === 'week.plays' || metric === 'week.tracks' || metric === 'week.hours';

export function snapshotNumbers(snapshot: Snapshot): Map<ComparedMetric, number> {
  const { audio_features: features, mood_patterns: moods, mood_diversity_score: diversity } = snapshot;
  const known = new Map<ComparedMetric, number>();
  for (const name of featureNames) {
    const value = features[`avg_${name}`];
    if (value !== null) known.set(`avg_${name}`, value);
  }
  for (const mood of moodNames) known.set(`mood_patterns.${mood}.percentage`, moods[mood].percentage);
  if (diversity !== null) known.set('mood_diversity_score', diversity);
  return known;
}

/** @param week - with plays. */
export function weekNumbers(week: Trend): Map<ComparedMetric, number> {
  const known = new Map<ComparedMetric, number>([
    ['week.plays', week.plays],
    ['week.tracks', week.tracks],
  ]);
  if (week.hours !== null) known.set('week.hours', week.hours);
  for (const mood of moodNames)
    known.set(`week.mood_patterns.${mood}.percentage`, (100 * week.moods[mood]) / week.plays);
  for (const name of featureNames) {
    const value = averageOf(week, name);
    if (value !== null) known.set(`week.avg_${name}`, value);
  }
  return known;
}

/**
 * As with snapshots, a mean of less is not told, nor a change against less; how many different tracks are known, a week does
 * not say.
 */
export const FEWEST = 5;

/** A week's mean of a measure; null where it is of too few to be told. */
export function averageOf(
  { audio_features: features, plays, tracks }: Trend,
  name: FeatureName,
): number | null {
  const known = Math.round(plays * (features.coverage ?? 0));
  return Math.min(known, tracks) < FEWEST ? null : features[`avg_${name}`];
}

/**
 * Whether how much was played can be set side by side: an export says how long each play was and an API of none, and what
 * the two leave out is not the same.
 */
export const areCountedAlike = (weeks: readonly Trend[]): boolean =>
  weeks.every(({ time_coverage: timed }) => timed === 0) ||
  weeks.every(({ time_coverage: timed }) => timed === 1);
