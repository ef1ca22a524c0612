import type { ListeningIngestedData } from '@undertone/contracts/listening/listening-ingested';
import type {
  ListeningSource,
  Period,
  TimeRange,
  TopArtist,
  Weighting,
} from '@undertone/contracts/listening/snapshot';

/** As many artists as a snapshot names. */
export const MAX_ARTISTS = 50;

/** A track, and how many times it counts: once in a top list, else as often as it was played. */
export interface CountedTrack {
  readonly id: string;
  readonly weight: number;
}

/** What a snapshot is computed of, wherever it was told. */
export interface Listened {
  readonly source: ListeningSource;
  readonly snapshot_date: string;
  readonly time_range: TimeRange;
  readonly period: Period | null;
  /** When the first of the plays ended; absent of lists. */
  readonly first_played_at?: string;
  readonly weighting: Weighting;
  readonly tracks: readonly CountedTrack[];
  readonly top_artists: readonly TopArtist[];
}

/** The top lists of an API, for one day: each track counts once, and the artists are in the API's order. */
export const listenedByLists = (lists: ListeningIngestedData, date: string): Listened => ({
  source: lists.source,
  snapshot_date: date,
  time_range: lists.time_range,
  period: null,
  weighting: 'tracks',
  tracks: lists.top_tracks.map((id) => ({ id, weight: 1 })),
  top_artists: lists.top_artists
    .slice(0, MAX_ARTISTS)
    .map((artist_id) => ({ artist_id, track_count: null, play_count: null })),
});
