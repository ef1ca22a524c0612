import { z } from 'zod';
import { isBreakOff } from '../streams/listen-rule.js';
import { EARLIEST, type HistoryRow, LATEST, MAX_MS_PLAYED, nameOf, unreadable } from './history-row.js';

const text = z.string().nullish();
// Older exports have 0 and 1 where newer ones have false and true; null: not known.
const truth = z.union([z.boolean(), z.literal(0), z.literal(1)]).nullish();

/**
 * A row of the extended streaming history ("endsong" before 2023), as Spotify's "Read me first" in the export
 * describes it. What is not named here is not looked at: the address, the user agent and the user's name stay behind,
 * and `offline_timestamp`, which comes in seconds, milliseconds, as 0 or null, is nothing that we need.
 */
const extendedRow = z.object({
  /** When the stream **ended**, UTC. */
  ts: z.iso
    .datetime()
    .transform((value) => new Date(value))
    .refine((time) => time.getTime() >= EARLIEST && time.getTime() < LATEST),
  ms_played: z.int().min(0).max(MAX_MS_PLAYED),
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
  skipped: truth,
  incognito_mode: truth,
});

export function readExtendedRow(value: unknown): HistoryRow {
  const parsed = extendedRow.safeParse(value);
  if (!parsed.success) return unreadable(parsed.error);
  const row = parsed.data;
  const track = nameOf(row.master_metadata_track_name);
  const artist = nameOf(row.master_metadata_album_artist_name);
  if (!track || !artist) {
    const isSpoken =
      row.episode_name || row.episode_show_name || row.spotify_episode_uri || row.audiobook_title;
    if (isSpoken || row.audiobook_uri || row.audiobook_chapter_uri) return { is: 'not_music' };
    return { is: 'unreadable', reason: 'names no track, episode or audiobook' };
  }
  if (row.incognito_mode) return { is: 'incognito' };
  return {
    is: 'stream',
    endedAt: row.ts,
    wholeMinute: false,
    msPlayed: row.ms_played,
    brokenOff: Boolean(row.skipped) || isBreakOff(row.reason_end),
    trackUri: row.spotify_track_uri ?? null,
    track,
    artist,
    album: nameOf(row.master_metadata_album_album_name),
  };
}
