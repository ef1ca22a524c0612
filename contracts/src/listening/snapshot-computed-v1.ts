import { z } from 'zod';
import type { OlderVersion } from '../event.js';
import { id } from '../id.js';
import { foreignId } from '../text.js';

const measure = z.number().nullable();
const moodShare = z.object({ percentage: z.number().min(0).max(100), track_count: z.int().min(0) });

const schema = z.object({
  snapshot_id: id,
  user_id: id,
  source: z.enum(['spotify', 'simulator']),
  snapshot_date: z.iso.date(),
  time_range: z.enum(['short_term', 'medium_term', 'long_term']),
  audio_features: z.object({
    avg_valence: measure,
    std_valence: measure,
    avg_energy: measure,
    std_energy: measure,
    avg_danceability: measure,
    std_danceability: measure,
    avg_acousticness: measure,
    std_acousticness: measure,
    avg_instrumentalness: measure,
    std_instrumentalness: measure,
    avg_speechiness: measure,
    std_speechiness: measure,
    avg_liveness: measure,
    std_liveness: measure,
    avg_tempo: measure,
    std_tempo: measure,
    avg_loudness: measure,
    std_loudness: measure,
    coverage: z.number().min(0).max(1),
    source: z.enum(['spotify', 'reccobeats', 'simulator', 'none']),
  }),
  mood_patterns: z.object({
    happy: moodShare,
    calm: moodShare,
    energetic: moodShare,
    sad: moodShare,
    unknown: moodShare,
  }),
  mood_diversity_score: z.number().min(0).max(1).nullable(),
  total_tracks_analyzed: z.int().min(0),
  classifier_version: foreignId,
  computed_at: z.iso.datetime(),
});

/** Always of an API’s top list, each track counted once; artists were not kept. */
export const snapshotComputedV1: OlderVersion = {
  schema,
  upcast: (data: z.output<typeof schema>) => ({
    ...data,
    period: null,
    weighting: 'tracks',
    audio_features: {
      ...data.audio_features,
      known_tracks: Math.round(data.audio_features.coverage * data.total_tracks_analyzed),
    },
    mood_patterns: Object.fromEntries(
      Object.entries(data.mood_patterns).map(([mood, share]) => [mood, { ...share, play_count: null }]),
    ),
    total_plays_analyzed: null,
    top_artists: null,
    top_genres: [],
    genre_coverage: 0,
    basis_event_id: null,
  }),
};
