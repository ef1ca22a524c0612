import { z } from 'zod';
import { EARLIEST, type HistoryRow, LATEST, MAX_MS_PLAYED, nameOf, unreadable } from './history-row.js';

/**
 * A row of the account data's streaming history, the last year. Times are in whole minutes of UTC, and there is
 * neither an id nor a word on skipping.
 */
const accountDataRow = z.object({
  endTime: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d$/)
    .transform((value) => new Date(`${value.replace(' ', 'T')}:00Z`))
    .refine((time) => time.getTime() >= EARLIEST && time.getTime() < LATEST),
  msPlayed: z.int().min(0).max(MAX_MS_PLAYED),
  artistName: z.string().nullish(),
  trackName: z.string().nullish(),
  podcastName: z.string().nullish(),
  episodeName: z.string().nullish(),
  audiobookName: z.string().nullish(),
  chapterName: z.string().nullish(),
});

export function readAccountDataRow(value: unknown): HistoryRow {
  const parsed = accountDataRow.safeParse(value);
  if (!parsed.success) return unreadable(parsed.error);
  const row = parsed.data;
  const track = nameOf(row.trackName);
  const artist = nameOf(row.artistName);
  if (!track || !artist) {
    const isSpoken = row.podcastName || row.episodeName || row.audiobookName || row.chapterName;
    return isSpoken
      ? { is: 'not_music' }
      : { is: 'unreadable', reason: 'wrong or missing: trackName, artistName' };
  }
  return {
    is: 'stream',
    endedAt: row.endTime,
    wholeMinute: true,
    msPlayed: row.msPlayed,
    brokenOff: false,
    trackUri: null,
    track,
    artist,
    album: null,
  };
}
