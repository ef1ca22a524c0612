import type { ListeningIngestedData } from '@undertone/contracts/listening/listening-ingested';
import {
  type AudioFeaturesSummary,
  featureNames,
  type MoodName,
  type MoodPatterns,
  moodNames,
} from '@undertone/contracts/listening/snapshot';
import type { SnapshotComputedData } from '@undertone/contracts/listening/snapshot-computed';
import type { TrackFeatures } from '../audio-features/track-features.js';
import { MOOD_CLASSIFIER, moodOf } from './mood.js';
import { mean, normalisedEntropy, sampleDeviation } from './statistics.js';

type SnapshotContent = Omit<SnapshotComputedData, 'snapshot_id' | 'user_id' | 'computed_at'>;

/** The snapshot of what was fetched: every track counts once; what is unknown stays unknown. */
export function computeSnapshot(
  ingested: ListeningIngestedData,
  features: ReadonlyMap<string, TrackFeatures>,
): SnapshotContent {
  const tracks = ingested.top_tracks;
  const known = tracks.flatMap((id) => features.get(id) ?? []);
  const counts = countMoods(tracks, features);
  const { unknown: _unknown, ...knownMoods } = counts;
  return {
    source: ingested.source,
    snapshot_date: ingested.fetched_at.slice(0, 10),
    time_range: ingested.time_range,
    audio_features: {
      ...measuresOf(known),
      coverage: tracks.length === 0 ? 0 : known.length / tracks.length,
      source: ingested.features_source,
    },
    mood_patterns: patternsOf(counts, tracks.length),
    mood_diversity_score: normalisedEntropy(Object.values(knownMoods)),
    total_tracks_analyzed: tracks.length,
    classifier_version: MOOD_CLASSIFIER,
  };
}

function measuresOf(known: readonly TrackFeatures[]): Omit<AudioFeaturesSummary, 'coverage' | 'source'> {
  return Object.fromEntries(
    featureNames.flatMap((name) => {
      const values = known.map((features) => features[name]).filter((value) => value !== null);
      return [
        [`avg_${name}`, mean(values)],
        [`std_${name}`, sampleDeviation(values)],
      ];
    }),
  ) as Omit<AudioFeaturesSummary, 'coverage' | 'source'>;
}

function countMoods(
  tracks: readonly string[],
  features: ReadonlyMap<string, TrackFeatures>,
): Record<MoodName, number> {
  const counts = Object.fromEntries(moodNames.map((mood) => [mood, 0])) as Record<MoodName, number>;
  for (const id of tracks) counts[moodOf(features.get(id))] += 1;
  return counts;
}

const patternsOf = (counts: Record<MoodName, number>, total: number): MoodPatterns =>
  Object.fromEntries(
    moodNames.map((mood) => [
      mood,
      { track_count: counts[mood], percentage: total === 0 ? 0 : (counts[mood] / total) * 100 },
    ]),
  ) as MoodPatterns;
