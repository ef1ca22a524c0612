import type { FeatureName } from '@undertone/contracts/listening/snapshot';
import type { Facts } from './facts.js';

/**
 * The one scale that all types take their words from; docs/insights.md has it with its reasons. What is said of a
 * number is decided here, and nowhere by a limit of a type's own.
 */
export type Level = 'low' | 'mid' | 'high';

/** Where a middle begins and ends: what lies in it, ends included, is neither low nor high. */
type Middle = readonly [low: number, high: number];

/**
 * Where a measure's middle begins and ends. For `instrumentalness`, `speechiness`, `liveness` and `acousticness` Spotify
 * gives a confidence rather than an amount; music without much talk or audience lies far below 0.5 in the last three.
 * Source: developer.spotify.com/documentation/web-api/reference/get-audio-features.
 */
const LEVELS: Readonly<Record<FeatureName, Middle>> = {
  valence: [0.4, 0.6],
  energy: [0.4, 0.65],
  danceability: [0.45, 0.65],
  acousticness: [0.3, 0.6],
  instrumentalness: [0.25, 0.6],
  speechiness: [0.1, 0.33],
  liveness: [0.15, 0.6],
  tempo: [100, 130],
  loudness: [-12, -7],
};

/** The same for standard deviations. Values spread evenly over a scale of 0 to 1 would have 0.29. */
const SPREADS = { measure: [0.12, 0.22], tempo: [15, 30], loudness: [2.5, 4.5] } as const;

/** The same for how evenly moods are divided, from 0 to 1. */
const DIVERSITY: Middle = [0.5, 0.9];

/** The same for a share of all, in percent: up to the first it is few of them, from the second on a majority. */
const SHARES: Middle = [20, 50];
/** From here on a share is said to be nearly all. */
const NEARLY_ALL = 80;

/** The mean confidence of a mood's tracks from which on a text leans on it; docs/measures.md says what that is. */
export const CARRYING = 0.5;

/** From how large a difference on a change is one at all; below, it is too small to hear. */
const CHANGES = { measure: 0.03, tempo: 3, loudness: 0.5, percent: 3 } as const;
/** How many times that a change is a strong one. */
const STRONG_CHANGE = 3;

/** Decimals that a number is shown with. */
const DECIMALS = { measure: 2, tempo: 0, loudness: 1, percent: 0 } as const;
type Unit = keyof typeof DECIMALS;

/** By the number as it is shown: a reader must not see 0.22 called moderate in one text and wide in another. */
function levelOf(value: number, [low, high]: Middle, unit: Unit): Level {
  const shown = Number(value.toFixed(DECIMALS[unit]));
  return shown < low ? 'low' : shown > high ? 'high' : 'mid';
}

const unitOf = (name: string): 'measure' | 'tempo' | 'loudness' =>
  name === 'tempo' || name === 'loudness' ? name : 'measure';

/** The level of an average; undefined where it is not known. */
export const levelOfMean = (name: FeatureName, mean: number | null): Level | undefined =>
  mean === null ? undefined : levelOf(mean, LEVELS[name], unitOf(name));

/** @param heard.average a measure's mean; null where it is not known. */
export const level = (
  heard: { average(name: FeatureName): number | null },
  name: FeatureName,
): Level | undefined => levelOfMean(name, heard.average(name));

/** How far tracks differ in a measure; undefined where it is not known. */
export function spread({ snapshot }: Pick<Facts, 'snapshot'>, name: FeatureName): Level | undefined {
  const value = snapshot.audio_features[`std_${name}`];
  return value === null ? undefined : levelOf(value, SPREADS[unitOf(name)], unitOf(name));
}

/** The deviation to reckon with where none is known: the largest that is not called wide. */
export const reckonedDeviation = (name: FeatureName): number => SPREADS[unitOf(name)][1];

/** How evenly tracks are divided between moods; undefined where that is not known. */
export function diversity({ snapshot }: Pick<Facts, 'snapshot'>): Level | undefined {
  const value = snapshot.mood_diversity_score;
  return value === null ? undefined : levelOf(value, DIVERSITY, 'measure');
}

/** Whether a percentage of all is few of them, some, or a majority. */
export const levelOfShare = (percentage: number): Level => levelOf(percentage, SHARES, 'percent');

export const isNearlyAll = (percentage: number): boolean => percentage >= NEARLY_ALL;

/** A change in terms of the smallest that is one: from 1 on it is told. */
export function sizeOfChange(metric: string, by: number): number {
  const unit = metric.includes('mood_patterns.') ? 'percent' : unitOf(metric.replace(/^.*avg_/, ''));
  return Math.abs(by) / CHANGES[unit];
}

export const isStrongChange = (metric: string, by: number): boolean =>
  sizeOfChange(metric, by) >= STRONG_CHANGE;
