import type { MoodName } from '@undertone/contracts/listening/snapshot';
import type { TrackFeatures } from '../audio-features/track-features.js';

/** A rule that gives a track's mood from its features. A released one is never changed: a better one is another version. */
export interface MoodClassifier {
  /** On every snapshot as `classifier_version`. */
  readonly version: string;
  /** `unknown` where a measure that the rule needs is missing. */
  moodOf(features: TrackFeatures): MoodName;
}
