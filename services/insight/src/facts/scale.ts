import type { FeatureName } from '@undertone/contracts/listening/snapshot';
import type { Facts } from './facts.js';

export type Level = 'low' | 'mid' | 'high';

/**
 * Where a measure's middle begins and ends. For `instrumentalness`, `speechiness`, `liveness` and `acousticness` Spotify
 * gives a confidence rather than an amount; music without much talk or audience lies far below 0.5 in the last three.
 * Source: developer.spotify.com/documentation/web-api/reference/get-audio-features.
 */
const MIDDLE: Record<FeatureName, readonly [number, number]> = {
  valence: [0.4, 0.6],
  energy: [0.4, 0.65],
  danceability: [0.45, 0.65],
  acousticness: [0.3, 0.6],
  instrumentalness: [0.25, 0.6],
  speechiness: [0.1, 0.33],
  liveness: [0.15, 0.4],
  tempo: [100, 130],
  loudness: [-12, -7],
};

/** The same for standard deviations of measures of 0 to 1: evenly spread values would have 0.29. */
const MIDDLE_SPREAD = [0.12, 0.22] as const;

const levelOf = (value: number, [low, high]: readonly [number, number]): Level =>
  value < low ? 'low' : value > high ? 'high' : 'mid';

/** The level of an average; undefined where it is not known. */
export const levelOfMean = (name: FeatureName, mean: number | null): Level | undefined =>
  mean === null ? undefined : levelOf(mean, MIDDLE[name]);

/** @param heard.average a measure's mean; null where it is not known. */
export const level = (
  heard: { average(name: FeatureName): number | null },
  name: FeatureName,
): Level | undefined => levelOfMean(name, heard.average(name));

/** How far tracks differ in a measure of 0 to 1; undefined where it is not known. */
export function spread({ snapshot }: Pick<Facts, 'snapshot'>, name: 'valence' | 'energy'): Level | undefined {
  const value = snapshot.audio_features[`std_${name}`];
  return value === null ? undefined : levelOf(value, MIDDLE_SPREAD);
}

/** How evenly tracks are divided between moods; undefined where no mood is known. */
export function diversity({ snapshot }: Pick<Facts, 'snapshot'>): Level | undefined {
  const value = snapshot.mood_diversity_score;
  return value === null ? undefined : levelOf(value, [0.5, 0.9]);
}
