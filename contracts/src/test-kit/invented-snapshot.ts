import type { Snapshot } from '../listening/snapshot.js';
import { SnapshotComputed, type SnapshotComputedData } from '../listening/snapshot-computed.js';

/** A snapshot of an invented person's month. */
export function inventedSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    id: crypto.randomUUID(),
    user_id: crypto.randomUUID(),
    source: 'spotify',
    snapshot_date: '2026-11-20',
    time_range: 'medium_term',
    period: null,
    weighting: 'tracks',
    audio_features: {
      avg_valence: 0.62,
      std_valence: 0.21,
      avg_energy: 0.71,
      std_energy: 0.14,
      avg_danceability: 0.58,
      std_danceability: 0.12,
      avg_acousticness: 0.18,
      std_acousticness: 0.22,
      avg_instrumentalness: 0.04,
      std_instrumentalness: 0.11,
      avg_speechiness: 0.06,
      std_speechiness: 0.03,
      avg_liveness: 0.17,
      std_liveness: 0.09,
      avg_tempo: 121.4,
      std_tempo: 24.8,
      avg_loudness: -7.3,
      std_loudness: 2.6,
      coverage: 0.6,
      known_tracks: 30,
      source: 'reccobeats',
    },
    mood_patterns: {
      happy: { percentage: 30, track_count: 15, play_count: null },
      calm: { percentage: 2, track_count: 1, play_count: null },
      energetic: { percentage: 20, track_count: 10, play_count: null },
      sad: { percentage: 8, track_count: 4, play_count: null },
      unknown: { percentage: 40, track_count: 20, play_count: null },
    },
    mood_diversity_score: 0.81,
    total_tracks_analyzed: 50,
    total_plays_analyzed: null,
    top_artists: [],
    top_genres: [],
    genre_coverage: 0,
    classifier_version: 'mood-v1',
    created_at: '2026-11-20T08:00:00.000Z',
    ...change,
  };
}

/** What the log tells of a snapshot. @param basis the event that it was computed from. */
export function computedData(
  { id, created_at, ...content }: Snapshot,
  basis: string | null = crypto.randomUUID(),
): SnapshotComputedData {
  return SnapshotComputed.schema.parse({
    snapshot_id: id,
    ...content,
    basis_event_id: basis,
    computed_at: created_at,
  });
}
