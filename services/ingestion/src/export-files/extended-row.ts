import { z } from 'zod';
import { trackId } from '../play-keys/track-key.js';
import { isBreakOff } from '../streams/listen-rule.js';
import { type HistoryRow, nameOf, unreadable } from './history-row.js';
import { milliseconds, moment, text, truth } from './values.js';

/**
 * A row of the extended streaming history ("endsong" before 2023), as Spotify's "Read me first" in the export
 * describes it. What is not named here is not looked at: the address, the user agent and the user's name stay behind,
 * and `offline_timestamp`, which comes in seconds, milliseconds, as 0 or null, is nothing that we need.
 */
const extendedRow = z.object({
  /** When the stream **ended**, UTC. */
  ts: moment,
  ms_played: milliseconds,
  master_metadata_track_name: text,
  master_metadata_album_artist_name: text,
  master_metadata_album_album_name: text,
  spotify_track_uri: text,
  episode_name: text,
  episode_show_name: text,
  spotify_episode_uri: text,
  audiobook_title: text,
  audiobook_uri: text,
  audiobook_chapter_uri: text,
  /** Why it ended; whatever is no text says nothing, and stops no row. */
  reason_end: z.string().trim().toLowerCase().catch(''),
  /** What is neither true nor false is not known, and stops no row either. */
  skipped: truth.catch(null),
  /** But what may be private has to be clear. */
  incognito_mode: truth,
});

export function readExtendedRow(value: unknown): HistoryRow {
  const parsed = extendedRow.safeParse(value);
  if (!parsed.success) return unreadable(parsed.error);
  const row = parsed.data;
  const track = nameOf(row.master_metadata_track_name);
  const artist = nameOf(row.master_metadata_album_artist_name);
  const isSpoken =
    row.episode_name ||
    row.episode_show_name ||
    row.spotify_episode_uri ||
    row.audiobook_title ||
    row.audiobook_uri ||
    row.audiobook_chapter_uri;
  if (!track || !artist) {
    if (isSpoken) return { is: 'not_music' };
    // Spotify removes names and keeps the id; a provider may name it later.
    if (!trackId(row.spotify_track_uri)) {
      return { is: 'unreadable', reason: 'names no track, episode or audiobook' };
    }
  }
  if (row.incognito_mode) return { is: 'incognito' };
  return {
    is: 'stream',
    endedAt: row.ts.time,
    wholeMinute: row.ts.wholeMinute,
    msPlayed: row.ms_played,
    brokenOff: Boolean(row.skipped) || isBreakOff(row.reason_end),
    trackUri: row.spotify_track_uri ?? null,
    track,
    artist,
    album: nameOf(row.master_metadata_album_album_name),
  };
}
