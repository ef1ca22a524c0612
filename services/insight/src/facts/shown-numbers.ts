import { featureNames, moodNames } from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';
import { type Change, comparisonOf } from './comparison.js';
import type { Facts } from './facts.js';
import { averageOf, isVolume, plainMetric } from './numbers.js';

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

/** Hours with one decimal; what is less than one in minutes. */
export function showHours(hours: number): string {
  if (hours > 0 && hours < 1 / 60) return 'under 1 minute';
  const minutes = Math.round(hours * 60);
  if (minutes < 60) return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  const shown = hours.toFixed(1);
  return `${shown} ${shown === '1.0' ? 'hour' : 'hours'}`;
}

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

/** Every number of what the facts are about as people see it, by metric; what is null is left out. */
export function shownNumbers(facts: Facts): Map<string, string> {
  const [week] = facts.weeks;
  const shown = week ? weekShown(week) : snapshotShown(facts);
  if (!week && facts.emptyWeek) {
    shown.set('empty_week.from', showDate(facts.emptyWeek.from));
    shown.set('empty_week.to', showDate(facts.emptyWeek.to));
  }
  showComparison(facts, shown);
  return shown;
}

function snapshotShown({ snapshot }: Facts): Map<string, string> {
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
    const confidence = mood === 'unknown' ? undefined : moods[mood].confidence;
    if (confidence !== undefined) shown.set(`mood_patterns.${mood}.confidence`, showMeasure(confidence));
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
  return shown;
}

function weekShown(week: Trend): Map<string, string> {
  const shown = new Map([
    ['week.from', showDate(week.from)],
    ['week.to', showDate(week.to)],
    ['week.plays', showCount(week.plays)],
    ['week.tracks', showCount(week.tracks)],
    ['week.coverage', showPercent(100 * (week.audio_features.coverage ?? 0))],
  ]);
  if (week.hours !== null) {
    shown.set('week.hours', showHours(week.hours));
    shown.set('week.time_coverage', showPercent(100 * (week.time_coverage ?? 0)));
  }
  for (const mood of moodNames) {
    shown.set(`week.mood_patterns.${mood}.percentage`, showPercent((100 * week.moods[mood]) / week.plays));
    shown.set(`week.mood_patterns.${mood}.play_count`, showCount(week.moods[mood]));
    const confidence = mood === 'unknown' ? null : week.mood_confidence?.[mood];
    if (typeof confidence === 'number')
      shown.set(`week.mood_patterns.${mood}.confidence`, showMeasure(confidence));
  }
  for (const name of featureNames) {
    const value = averageOf(week, name);
    if (value !== null) shown.set(`week.avg_${name}`, showFeature(name, value));
  }
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
  const plain = plainMetric(metric);
  if (plain === 'avg_tempo') return showTempo(value);
  if (plain === 'avg_loudness') return showLoudness(value);
  if (plain === 'plays' || plain === 'tracks') return showCount(Math.round(value));
  if (plain === 'hours') return showHours(value);
  return plain.startsWith('mood_patterns.') ? showPercent(value) : showMeasure(value);
}

/**
 * By how much, and which way: `0.05 higher`, `4 BPM lower`, `12 percentage points higher`, `34 more`, `unchanged`. A
 * difference that is none but of counting, or of what is known, has no number and no direction: `no clear change`.
 */
export function showChange(change: Change): string {
  const { metric, now, before, by, isClear } = change;
  const size = Math.abs(by);
  if (metric === 'week.hours')
    return size * 60 < 1 ? 'unchanged' : `${showHours(size)} ${by > 0 ? 'more' : 'less'}`;
  if (isVolume(metric)) {
    // Counts are whole: of a mean of 49.5 as of one of 50 it is 30 more plays when there are 80.
    const more = now - Math.round(before);
    return more === 0 ? 'unchanged' : `${showCount(Math.abs(more))} ${more > 0 ? 'more' : 'fewer'}`;
  }
  const isShare = plainMetric(metric).startsWith('mood_patterns.');
  const rounded = Math.round(size);
  const amount = isShare
    ? `${rounded} ${rounded === 1 ? 'percentage point' : 'percentage points'}`
    : showCompared({ metric }, size);
  if (/^0(?:\.0+)?(?: |$)/.test(amount)) return 'unchanged';
  return isClear ? `${amount} ${by > 0 ? 'higher' : 'lower'}` : 'no clear change';
}

/** The metrics that a highlight may cite: those with a number, and each mood as a whole. */
export function citableMetrics(facts: Facts): Set<string> {
  const metrics = new Set(shownNumbers(facts).keys());
  const of = facts.weeks.length > 0 ? 'week.' : '';
  for (const mood of moodNames) metrics.add(`${of}mood_patterns.${mood}`);
  // Not the snapshot's own names, though their numbers are.
  metrics.delete('known_tracks');
  return metrics;
}
