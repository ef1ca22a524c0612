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
import type { MoodClassifier } from '../moods/mood-classifier.js';
import { moodConfidence } from '../moods/mood-confidence.js';
import type { CountedTrack, Listened } from './listened.js';
import { minimumTracks } from './minimums.js';
import { mean, normalisedEntropy, sampleDeviation } from './statistics.js';
import { type Genres, topGenres } from './top-genres.js';

export type SnapshotContent = Omit<
  SnapshotComputedData,
  'snapshot_id' | 'user_id' | 'basis_event_id' | 'features_at' | 'computed_at'
>;

/** What is known of tracks and artists when a snapshot is computed. */
export interface Known {
  readonly features: ReadonlyMap<string, TrackFeatures>;
  readonly featureSource: FeatureSource;
  readonly genres: Genres;
}

/** The snapshot of what was listened to. What is unknown stays unknown; docs/measures.md has every formula. */
export function computeSnapshot(
  listened: Listened,
  known: Known,
  classifier: MoodClassifier,
): SnapshotContent {
  const { tracks, weighting, top_artists, ...rest } = listened;
  const countsPlays = weighting === 'plays';
  const heard = tracks.map((track) => ({ ...track, features: known.features.get(track.id) }));
  const covered = heard.filter((track): track is CoveredTrack => track.features !== undefined);
  const total = weightOf(tracks);
  const moods = byMood(heard, classifier);
  return {
    ...rest,
    weighting,
    audio_features: {
      ...measuresOf(covered),
      coverage: total === 0 ? 0 : weightOf(covered) / total,
      known_tracks: covered.length,
      source: known.featureSource,
    },
    mood_patterns: patternsOf(moods, total, countsPlays),
    mood_diversity_score: diversityOf(moods),
    total_tracks_analyzed: tracks.length,
    total_plays_analyzed: countsPlays ? total : null,
    top_artists: [...top_artists],
    ...topGenres(top_artists, known.genres),
    classifier_version: classifier.version,
  };
}

type HeardTrack = CountedTrack & { readonly features: TrackFeatures | undefined };
type CoveredTrack = CountedTrack & { readonly features: TrackFeatures };
/** A track whose mood is known with how firmly it is. */
type SortedTrack = CountedTrack & { readonly confidence: number | undefined };
type ByMood = Readonly<Record<MoodName, readonly SortedTrack[]>>;
type Measures = Omit<AudioFeaturesSummary, 'coverage' | 'known_tracks' | 'source'>;

const weightOf = (tracks: readonly CountedTrack[]): number =>
  tracks.reduce((sum, { weight }) => sum + weight, 0);

function measuresOf(covered: readonly CoveredTrack[]): Measures {
  return Object.fromEntries(
    featureNames.flatMap((name) => {
      const values = covered.flatMap(({ features, weight }) => {
        const value = features[name];
        return value === null ? [] : [{ value, weight }];
      });
      return [
        [`avg_${name}`, values.length < minimumTracks.mean ? null : mean(values)],
        [`std_${name}`, values.length < minimumTracks.deviation ? null : sampleDeviation(values)],
      ];
    }),
  ) as Measures;
}

function byMood(heard: readonly HeardTrack[], classifier: MoodClassifier): ByMood {
  const moods = Object.fromEntries(moodNames.map((mood) => [mood, [] as SortedTrack[]])) as Record<
    MoodName,
    SortedTrack[]
  >;
  for (const { id, weight, features } of heard) {
    const confidence = features && moodConfidence(classifier, features);
    moods[features ? classifier.moodOf(features) : 'unknown'].push({ id, weight, confidence });
  }
  return moods;
}

const patternsOf = (moods: ByMood, total: number, countsPlays: boolean): MoodPatterns =>
  Object.fromEntries(
    moodNames.map((mood) => {
      const weight = weightOf(moods[mood]);
      const percentage = total === 0 ? 0 : (weight / total) * 100;
      return [
        mood,
        {
          percentage,
          track_count: moods[mood].length,
          play_count: countsPlays ? weight : null,
          ...confidenceOf(moods[mood]),
        },
      ];
    }),
  ) as MoodPatterns;

/** Of all that has the mood; nothing where nothing does. */
function confidenceOf(tracks: readonly SortedTrack[]): { confidence?: number } {
  const confidence = mean(
    tracks.flatMap(({ confidence: value, weight }) => (value === undefined ? [] : [{ value, weight }])),
  );
  return confidence === null ? {} : { confidence };
}

function diversityOf({ unknown: _, ...knownMoods }: ByMood): number | null {
  const moods = Object.values(knownMoods);
  if (moods.flat().length < minimumTracks.diversity) return null;
  return normalisedEntropy(moods.map(weightOf));
}
