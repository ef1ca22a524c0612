import { z } from 'zod';
import { type HistoryRow, nameOf, unreadable } from './history-row.js';
import { milliseconds, moment, text } from './values.js';

/**
 * A row of the account data's streaming history, the last year. Times are in whole minutes of UTC (`time` with seconds before
 * 2020), and there is neither an id nor a word on skipping.
 */
const accountDataRow = z.object({
  endTime: moment.optional(),
  time: moment.optional(),
  msPlayed: milliseconds,
  artistName: text,
  trackName: text,
  podcastName: text,
  episodeName: text,
  audiobookName: text,
  chapterName: text,
});

export function readAccountDataRow(value: unknown): HistoryRow {
  const parsed = accountDataRow.safeParse(value);
  if (!parsed.success) return unreadable(parsed.error);
  const row = parsed.data;
  const ended = row.endTime ?? row.time;
  if (!ended) return { is: 'unreadable', reason: 'wrong or missing: endTime' };
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
    endedAt: ended.time,
    wholeMinute: ended.wholeMinute,
    msPlayed: row.msPlayed,
    brokenOff: false,
    trackUri: null,
    track,
    artist,
    album: null,
  };
}
