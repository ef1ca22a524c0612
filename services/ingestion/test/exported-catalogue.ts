import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import type { SpotifySimulator } from '@undertone/simulators/spotify/server';

export type CatalogueTrack = SpotifySimulator['catalogue']['tracks'][number];

/** A play of a track that the simulator knows, as an extended history has it. */
export const playRow = (track: CatalogueTrack, endedAt: string): Record<string, unknown> =>
  inventedRow(0, {
    ts: endedAt,
    ms_played: 180_000,
    master_metadata_track_name: track.name,
    master_metadata_album_artist_name: track.artists[0].name,
    master_metadata_album_album_name: track.album.name,
    spotify_track_uri: `spotify:track:${track.id}`,
  });

/**
 * `count` plays that end with 2026-10-30 and go back a few hours each, of the first tracks of a catalogue: the sooner a
 * track comes in it, the more often it was played.
 */
export function playRows(tracks: readonly CatalogueTrack[], count: number, hoursApart = 7): object[] {
  const last = Date.parse('2026-10-30T21:30:00Z');
  return Array.from({ length: count }, (_, n) => {
    const track = tracks[(n * n) % (1 + (n % tracks.length))];
    if (!track) throw new Error('the catalogue is empty');
    return playRow(track, new Date(last - n * hoursApart * 3_600_000).toISOString().replace('.000', ''));
  });
}

export const jsonFile = (rows: readonly object[]): Buffer => Buffer.from(JSON.stringify(rows));
