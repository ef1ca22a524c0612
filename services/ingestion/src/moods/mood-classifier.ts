import type { MoodName } from '@undertone/contracts/listening/snapshot';
import type { TrackFeatures } from '../audio-features/track-features.js';

/** The measures that rules are made of; all of 0 to 1. */
type RuleMeasure = 'valence' | 'energy' | 'instrumentalness';

/** A part of the space that a rule divides: from one end to the other of each measure; one that is not named is any. */
export type Region = Readonly<Partial<Record<RuleMeasure, readonly [from: number, to: number]>>>;

/** A rule that gives a track's mood from its features. A released one is never changed: a better one is another version. */
export interface MoodClassifier {
  /** On every snapshot as `classifier_version`. */
  readonly version: string;
  /** `unknown` where a measure that the rule needs is missing. */
  moodOf(features: TrackFeatures): MoodName;
  /**
   * Where each mood lies. What is `unknown` here is none of the four moods' own: the rule gives it to one of them because
   * something is left over.
   */
  readonly regions: readonly (readonly [MoodName, Region])[];
}
