import type { z } from 'zod';

/** One stream of one track, as an export tells it; nothing else of a row leaves the parser. */
export interface HistoryStream {
  readonly is: 'stream';
  readonly endedAt: Date;
  /** Account data cuts the seconds off `endedAt`. */
  readonly wholeMinute: boolean;
  readonly msPlayed: number;
  /** The track was not over, where the export says so. */
  readonly brokenOff: boolean;
  readonly trackUri: string | null;
  /** Null, and so may the artist be: the export has the id alone. */
  readonly track: string | null;
  readonly artist: string | null;
  readonly album: string | null;
}

/** What a row of an export turned out to be. */
export type HistoryRow =
  | HistoryStream
  | { readonly is: 'not_music' | 'music_video' | 'incognito' }
  | { readonly is: 'unreadable'; readonly reason: string };

/** A track that plays for longer than a day has not been heard of; such a number is damage. */
export const MAX_MS_PLAYED = 86_400_000;
/** Spotify was founded in 2006; times outside of these are damage. */
export const EARLIEST = Date.UTC(2006, 0);
export const LATEST = Date.UTC(2100, 0);

/** Longer names than any; the rest is cut off. */
const MAX_NAME = 500;

/** A name as Postgres can keep it: without NUL and lone surrogates. Null where there is none. */
export function nameOf(text: string | null | undefined): string | null {
  const name = text?.toWellFormed().replaceAll('\0', '').trim().slice(0, MAX_NAME).toWellFormed();
  return name || null;
}

/** Names the fields that are wrong, and never their values: those may be an address or a name. */
export function unreadable(error: z.ZodError): HistoryRow {
  const fields = new Set(error.issues.map(({ path }) => path.join('.') || 'row'));
  return { is: 'unreadable', reason: `wrong or missing: ${[...fields].join(', ')}` };
}
