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
export const featureSource = z.enum(['spotify', 'reccobeats', 'csv', 'simulator', 'none']).meta({
  id: 'FeatureSource',
  description:
    'The provider of the audio features; `csv`: a file of one’s own, `simulator` marks invented data.',
});
export type FeatureSource = z.output<typeof featureSource>;

/** An API that tells what a person listens to; `simulator` marks invented data. */
export const apiSource = z.enum(['spotify', 'simulator']);

/** Where listening comes from. */
export const listeningSource = z.enum(['spotify', 'export', 'simulator']).meta({
  id: 'ListeningSource',
  description: '`export`: the plays of a data export; `simulator` marks invented data.',
});
export type ListeningSource = z.output<typeof listeningSource>;

/** What counts once: a track of a top list, or a play. */
export const weighting = z.enum(['tracks', 'plays']).meta({
  id: 'Weighting',
  description:
    '`tracks`: each track counts once; `plays`: each play does, so a track counts as often as it was played.',
});
export type Weighting = z.output<typeof weighting>;

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
    coverage: z
      .number()
      .min(0)
      .max(1)
      .meta({ description: 'Share of the tracks, or plays by `weighting`, whose features are known.' }),
    known_tracks: z.int().min(0).meta({ description: 'Tracks whose features are known.' }),
    source: featureSource,
  })
  .meta({
    id: 'AudioFeatures',
    description: 'Mean and sample standard deviation of each measure; null where too few tracks are known.',
  });
export type AudioFeaturesSummary = z.output<typeof audioFeaturesSummary>;

export const moodNames = ['happy', 'calm', 'energetic', 'sad', 'unknown'] as const;
export type MoodName = (typeof moodNames)[number];

const playCount = z.int().min(0).nullable().meta({ description: 'Null where tracks are counted.' });

const moodShare = z
  .object({ percentage: z.number().min(0).max(100), track_count: z.int().min(0), play_count: playCount })
  .meta({
    id: 'MoodShare',
    description: 'Percentage of all analysed tracks, or plays by `weighting`: 0 to 100.',
  });

const knownMoodShare = moodShare
  .extend({
    confidence: z.number().min(0).max(1).optional().meta({
      description:
        'Mean over the same, from 0 at the edge to another mood to 1 well inside; absent: nothing has the mood, or an earlier release computed it.',
    }),
  })
  .meta({ id: 'KnownMoodShare', description: 'The same of a mood, with how firmly it is known.' });

export const moodPatterns = z
  .object({
    happy: knownMoodShare,
    calm: knownMoodShare,
    energetic: knownMoodShare,
    sad: knownMoodShare,
    unknown: moodShare,
  })
  .meta({ id: 'MoodPatterns' });
export type MoodPatterns = z.output<typeof moodPatterns>;

/** An artist of a snapshot, by id: names are in no event. */
export const topArtist = z
  .object({
    artist_id: foreignId,
    track_count: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: 'Null where a provider gave the order alone.' }),
    play_count: playCount,
  })
  .meta({ id: 'TopArtist', description: 'Most listened first.' });
export type TopArtist = z.output<typeof topArtist>;

export const topGenre = z.object({ genre: foreignId, artist_count: z.int().min(1) }).meta({
  id: 'TopGenre',
  description: 'How many of the top artists have the genre; an artist may have several.',
});
export type TopGenre = z.output<typeof topGenre>;

/** From the first moment on, up to but without the last. */
export const period = z.object({ from: z.iso.datetime(), to: z.iso.datetime() }).meta({ id: 'Period' });
export type Period = z.output<typeof period>;

/** What a snapshot says, wherever it stands: in the event, in the read model, in the API. */
export const snapshotContent = {
  source: listeningSource,
  snapshot_date: z.iso.date(),
  time_range: timeRange,
  period: period.nullable().meta({ description: 'When the plays were; null: the provider does not say.' }),
  first_played_at: z.iso.datetime().optional().meta({
    description:
      'When the first of the plays ended, which may be long after the period begins; absent where tracks are counted, and in snapshots of earlier releases.',
  }),
  weighting,
  audio_features: audioFeaturesSummary,
  mood_patterns: moodPatterns,
  mood_diversity_score: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .meta({ description: 'Normalised Shannon entropy of the known moods; null where too few are known.' }),
  total_tracks_analyzed: z.int().min(0),
  total_plays_analyzed: playCount,
  top_artists: z.array(topArtist).max(50).nullable().meta({ description: 'Null: they were not kept.' }),
  top_genres: z.array(topGenre).max(50),
  genre_coverage: z
    .number()
    .min(0)
    .max(1)
    .meta({ description: 'Share of the top artists whose genres are known.' }),
  classifier_version: foreignId,
};

export const shownArtist = topArtist
  .extend({ name: z.string().nullable().meta({ description: 'Null where it is not known.' }) })
  .meta({ id: 'ShownArtist' });

/** A listening snapshot as clients see it. */
export const snapshot = z
  .object({
    id,
    user_id: id,
    ...snapshotContent,
    top_artists: z.array(shownArtist).nullable().meta({ description: 'Null: they were not kept.' }),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Snapshot', description: 'One person, one day, one time range.' });
export type Snapshot = z.output<typeof snapshot>;
