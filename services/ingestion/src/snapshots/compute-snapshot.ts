import type { ListeningIngestedData } from '@undertone/contracts/listening/listening-ingested';
import {
  type AudioFeaturesSummary,
  type FeatureSource,
  featureNames,
  type MoodName,
  type MoodPatterns,
  moodNames,
} from '@undertone/contracts/listening/snapshot';
import type { SnapshotComputedData } from '@undertone/contracts/listening/snapshot-computed';
import type { TrackFeatures } from '../audio-features/track-features.js';
import { MOOD_CLASSIFIER, moodOf } from './mood.js';
import { mean, normalisedEntropy, sampleDeviation } from './statistics.js';

type SnapshotContent = Omit<
  SnapshotComputedData,
  'snapshot_id' | 'user_id' | 'basis_event_id' | 'computed_at'
>;

const MAX_ARTISTS = 50;

type Measures = Omit<AudioFeaturesSummary, 'coverage' | 'known_tracks' | 'source'>;

/** The snapshot of what was fetched: every track counts once; what is unknown stays unknown. */
export function computeSnapshot(
  ingested: ListeningIngestedData,
  features: ReadonlyMap<string, TrackFeatures>,
  featureSource: FeatureSource,
): SnapshotContent {
  const tracks = ingested.top_tracks;
  const known = tracks.flatMap((id) => features.get(id) ?? []);
  const counts = countMoods(tracks, features);
  const { unknown: _unknown, ...knownMoods } = counts;
  return {
    source: ingested.source,
    snapshot_date: ingested.fetched_at.slice(0, 10),
    time_range: ingested.time_range,
    period: null,
    weighting: 'tracks',
    audio_features: {
      ...measuresOf(known),
      coverage: tracks.length === 0 ? 0 : known.length / tracks.length,
      known_tracks: known.length,
      source: featureSource,
    },
    mood_patterns: patternsOf(counts, tracks.length),
    mood_diversity_score: normalisedEntropy(Object.values(knownMoods)),
    total_tracks_analyzed: tracks.length,
    total_plays_analyzed: null,
    top_artists: ingested.top_artists
      .slice(0, MAX_ARTISTS)
      .map((artist_id) => ({ artist_id, track_count: null, play_count: null })),
    top_genres: [],
    genre_coverage: 0,
    classifier_version: MOOD_CLASSIFIER,
  };
}

function measuresOf(known: readonly TrackFeatures[]): Measures {
  return Object.fromEntries(
    featureNames.flatMap((name) => {
      const values = known.map((features) => features[name]).filter((value) => value !== null);
      return [
        [`avg_${name}`, mean(values)],
        [`std_${name}`, sampleDeviation(values)],
      ];
    }),
  ) as Measures;
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
      {
        percentage: total === 0 ? 0 : (counts[mood] / total) * 100,
        track_count: counts[mood],
        play_count: null,
      },
    ]),
  ) as MoodPatterns;
