import type { TrackFeatures } from '../audio-features/track-features.js';
import type { MoodClassifier, Region } from './mood-classifier.js';

/** How far from every edge a mood is as sure as it gets; stated, with its reason, in docs/measures.md. */
const WELL_INSIDE = 0.1;

/**
 * How firmly a rule gives a track its mood: the distance from its features to the nearest point of another mood, of
 * `WELL_INSIDE` at most, as a share of that. 0 on an edge, 1 well inside; no probability. The distance is the largest of
 * those in the single measures (Chebyshev's), because each of them would have to be that far off.
 * @returns undefined where the track has no mood.
 */
export function moodConfidence(classifier: MoodClassifier, features: TrackFeatures): number | undefined {
  const mood = classifier.moodOf(features);
  if (mood === 'unknown') return undefined;
  const others = classifier.regions.filter(([other]) => other !== mood);
  const nearest = Math.min(...others.map(([, region]) => distanceTo(region, features)));
  return Math.min(1, nearest / WELL_INSIDE);
}

function distanceTo(region: Region, features: TrackFeatures): number {
  const beside = Object.entries(region).map(([name, [from, to]]) => {
    const value = features[name as keyof Region] ?? 0;
    return Math.max(from - value, value - to);
  });
  return Math.max(0, ...beside);
}
