import { z } from 'zod';
import { id } from '../id.js';
import { foreignId } from '../text.js';

export const timeRange = z
  .enum(['short_term', 'medium_term', 'long_term'])
  .meta({ id: 'TimeRange', description: 'Spotify’s ranges: about 4 weeks, 6 months, 1 year.' });
export type TimeRange = z.output<typeof timeRange>;

/** The nine measures a snapshot averages. Units as Spotify defines them: 0 to 1, but tempo in BPM, loudness in dB. */
export const featureNames = [
  'valence',
  'energy',
  'danceability',
  'acousticness',
  'instrumentalness',
  'speechiness',
  'liveness',
  'tempo',
  'loudness',
] as const;
export type FeatureName = (typeof featureNames)[number];

/** Where numbers come from; never mixed within a snapshot. */
export const featureSource = z.enum(['spotify', 'reccobeats', 'simulator', 'none']).meta({
  id: 'FeatureSource',
  description: 'The provider of the audio features; `simulator` marks invented data.',
});
export type FeatureSource = z.output<typeof featureSource>;

/** Where listening comes from; `simulator` marks invented data. */
export const listeningSource = z.enum(['spotify', 'simulator']).meta({ id: 'ListeningSource' });
export type ListeningSource = z.output<typeof listeningSource>;

const measure = z.number().nullable();

type MeasureShape = { [K in `avg_${FeatureName}` | `std_${FeatureName}`]: typeof measure };
const measures = Object.fromEntries(
  featureNames.flatMap((name) => [
    [`avg_${name}`, measure],
    [`std_${name}`, measure],
  ]),
) as MeasureShape;

export const audioFeaturesSummary = z
  .object({
    ...measures,
    coverage: z.number().min(0).max(1).meta({ description: 'Share of the tracks whose features are known.' }),
    source: featureSource,
  })
  .meta({
    id: 'AudioFeatures',
    description: 'Mean and sample standard deviation of each measure; null where too few tracks are known.',
  });
export type AudioFeaturesSummary = z.output<typeof audioFeaturesSummary>;

export const moodNames = ['happy', 'calm', 'energetic', 'sad', 'unknown'] as const;
export type MoodName = (typeof moodNames)[number];

const moodShare = z
  .object({ percentage: z.number().min(0).max(100), track_count: z.int().min(0) })
  .meta({ id: 'MoodShare', description: 'Percentage of all analysed tracks, 0 to 100.' });

export const moodPatterns = z
  .object({ happy: moodShare, calm: moodShare, energetic: moodShare, sad: moodShare, unknown: moodShare })
  .meta({ id: 'MoodPatterns' });
export type MoodPatterns = z.output<typeof moodPatterns>;

/** What a snapshot says, wherever it stands: in the event, in the read model, in the API. */
export const snapshotContent = {
  source: listeningSource,
  snapshot_date: z.iso.date(),
  time_range: timeRange,
  audio_features: audioFeaturesSummary,
  mood_patterns: moodPatterns,
  mood_diversity_score: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .meta({ description: 'Normalised Shannon entropy of the known moods; null when none is known.' }),
  total_tracks_analyzed: z.int().min(0),
  classifier_version: foreignId,
};

/** A listening snapshot as clients see it. */
export const snapshot = z
  .object({ id, user_id: id, ...snapshotContent, created_at: z.iso.datetime() })
  .meta({ id: 'Snapshot', description: 'One person, one day, one time range.' });
export type Snapshot = z.output<typeof snapshot>;
