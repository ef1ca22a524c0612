import type { TrackFeatures } from './track-features.js';

/** Somebody who knows tracks' audio features. */
export interface FeaturesProvider {
  /** Track ids a call may name. */
  readonly batchSize: number;
  /** Without a person's token it cannot be asked. */
  readonly needsToken: boolean;
  /** What is known of the tracks, by id; an unknown track is left out. */
  fetch(
    trackIds: readonly string[],
    access: { token: string; signal: AbortSignal },
  ): Promise<ReadonlyMap<string, TrackFeatures>>;
}

/** Injection token of the provider that the settings name; `null` when they name none. */
export const FEATURES_PROVIDER = Symbol('features provider');
