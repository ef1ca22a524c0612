import { featureNames, moodNames } from '@undertone/contracts/listening/snapshot';
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
export function shownNumbers({ snapshot }: Facts): Map<string, string> {
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
  }
  if (snapshot.mood_diversity_score !== null) {
    shown.set('mood_diversity_score', showMeasure(snapshot.mood_diversity_score));
  }
  shown.set('coverage', showPercent(features.coverage * 100));
  shown.set('known_tracks', showCount(features.known_tracks));
  shown.set('total_tracks_analyzed', showCount(snapshot.total_tracks_analyzed));
  shown.set('snapshot_date', showDate(snapshot.snapshot_date));
  return shown;
}

/** The metrics that a highlight may cite: those with a number, and each mood as a whole. */
export function citableMetrics(facts: Facts): Set<string> {
  const metrics = new Set(shownNumbers(facts).keys());
  for (const mood of moodNames) metrics.add(`mood_patterns.${mood}`);
  // Not the snapshot's own names, though their numbers are.
  metrics.delete('known_tracks');
  return metrics;
}
