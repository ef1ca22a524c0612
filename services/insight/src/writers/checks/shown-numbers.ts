import { featureNames, moodNames } from '@undertone/contracts/listening/snapshot';
import { type Change, comparisonOf } from '../../types/comparison.js';
import type { Facts } from '../../types/facts.js';

/** A share of 0 to 100 as a whole percentage; one that would round to nothing or to all says so. */
export function showPercent(share: number): string {
  if (share > 0 && share < 0.5) return 'under 1%';
  if (share >= 99.5 && share < 100) return 'over 99%';
  return `${Math.round(share)}%`;
}

/** A measure of 0 to 1, two decimals. */
export const showMeasure = (value: number): string => value.toFixed(2).replace(/^-(?=0\.00$)/, '');

/** Beats per minute, whole. */
export const showTempo = (value: number): string => `${Math.round(value)} BPM`;

/** Decibels, one decimal. */
export const showLoudness = (value: number): string => `${value.toFixed(1).replace(/^-(?=0\.0$)/, '')} dB`;

/** A count with thousands separated. */
export const showCount = (count: number): string => count.toLocaleString('en-GB');

/** `2026-11-20` as `20 November 2026`. */
export const showDate = (date: string): string =>
  new Date(`${date}T00:00:00Z`).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });

function showFeature(name: (typeof featureNames)[number], value: number): string {
  if (name === 'tempo') return showTempo(value);
  return name === 'loudness' ? showLoudness(value) : showMeasure(value);
}

/** Every number of the facts as people see it, by metric; what is null is left out. */
export function shownNumbers(facts: Facts): Map<string, string> {
  const { snapshot } = facts;
  const { audio_features: features, mood_patterns: moods } = snapshot;
  const shown = new Map<string, string>();
  for (const name of featureNames) {
    for (const key of [`avg_${name}`, `std_${name}`] as const) {
      const value = features[key];
      if (value !== null) shown.set(key, showFeature(name, value));
    }
  }
  for (const mood of moodNames) {
    shown.set(`mood_patterns.${mood}.percentage`, showPercent(moods[mood].percentage));
    shown.set(`mood_patterns.${mood}.track_count`, showCount(moods[mood].track_count));
    const { play_count: plays } = moods[mood];
    if (plays !== null) shown.set(`mood_patterns.${mood}.play_count`, showCount(plays));
  }
  if (snapshot.mood_diversity_score !== null) {
    shown.set('mood_diversity_score', showMeasure(snapshot.mood_diversity_score));
  }
  shown.set('coverage', showPercent(features.coverage * 100));
  shown.set('known_tracks', showCount(features.known_tracks));
  shown.set('total_tracks_analyzed', showCount(snapshot.total_tracks_analyzed));
  if (snapshot.total_plays_analyzed !== null) {
    shown.set('total_plays_analyzed', showCount(snapshot.total_plays_analyzed));
  }
  shown.set('snapshot_date', showDate(snapshot.snapshot_date));
  showComparison(facts, shown);
  return shown;
}

function showComparison(facts: Facts, shown: Map<string, string>): void {
  const comparison = comparisonOf(facts);
  if (!comparison) return;
  shown.set('earlier_weeks', showCount(comparison.weeks));
  shown.set('earlier_weeks.from', showDate(comparison.from));
  shown.set('earlier_weeks.to', showDate(comparison.to));
  for (const change of comparison.changes) {
    shown.set(`before.${change.metric}`, showCompared(change, change.before));
    shown.set(`change.${change.metric}`, showChange(change));
  }
}

function showCompared({ metric }: Pick<Change, 'metric'>, value: number): string {
  if (metric === 'avg_tempo') return showTempo(value);
  if (metric === 'avg_loudness') return showLoudness(value);
  return metric.startsWith('mood_patterns.') ? showPercent(value) : showMeasure(value);
}

/** By how much, and which way: `0.05 higher`, `4 BPM lower`, `12 percentage points higher`, `unchanged`. */
export function showChange({ metric, by }: Pick<Change, 'metric' | 'by'>): string {
  if (by === 0) return 'unchanged';
  const size = Math.abs(by);
  const points = size === 1 ? 'percentage point' : 'percentage points';
  const amount = metric.startsWith('mood_patterns.') ? `${size} ${points}` : showCompared({ metric }, size);
  return `${amount} ${by > 0 ? 'higher' : 'lower'}`;
}

/** The metrics that a highlight may cite: those with a number, and each mood as a whole. */
export function citableMetrics(facts: Facts): Set<string> {
  const metrics = new Set(shownNumbers(facts).keys());
  for (const mood of moodNames) metrics.add(`mood_patterns.${mood}`);
  // Not the snapshot's own names, though their numbers are.
  metrics.delete('known_tracks');
  return metrics;
}
