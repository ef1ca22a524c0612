import type { FeatureName } from '@undertone/contracts/listening/snapshot';
import { z } from 'zod';

/** A track's measures; null where the provider does not know one. */
export type TrackFeatures = Readonly<Record<FeatureName, number | null>>;

const measure = z
  .number()
  .nullish()
  .transform((value) => value ?? null);

/** The nine measures as both providers name them. */
export const measures = {
  valence: measure,
  energy: measure,
  danceability: measure,
  acousticness: measure,
  instrumentalness: measure,
  speechiness: measure,
  liveness: measure,
  tempo: measure,
  loudness: measure,
};
