import type { ExportedPlay } from './exported-play.js';

const columns: Readonly<Record<string, (play: ExportedPlay) => string | number | null>> = {
  played_at: ({ playedAt }) => playedAt.toISOString(),
  track: ({ name }) => name,
  artist: ({ artists }) => artists.map(({ name }) => name).join('; '),
  album: ({ album }) => album,
  spotify_id: ({ spotifyId }) => spotifyId,
  ms_played: ({ msPlayed }) => msPlayed,
  track_ms: ({ lengthMs }) => lengthMs,
  source: ({ source }) => source,
  play_id: ({ id }) => id,
};

export const csvHead = `${Object.keys(columns).join(',')}\r\n`;

/** A play as a line of CSV (RFC 4180). */
export const csvLine = (play: ExportedPlay): string =>
  `${Object.values(columns)
    .map((columnOf) => cell(columnOf(play)))
    .join(',')}\r\n`;

/**
 * A spreadsheet takes what begins so for a formula, and names come from anywhere: where a cell may begin there is an apostrophe in front
 * of it. It may begin within a text, too: where the spreadsheet's own separator is another than the comma, a quotation mark in the middle of
 * its cell holds nothing together. OWASP, "CSV Injection": https://owasp.org/www-community/attacks/CSV_Injection. The full-width forms
 * are for spreadsheets that fold them.
 */
const FORMULA = /(?<=^|[,;|\t\r\n])(?=[\s"]*[=+\-@＝＋－＠])|^(?=[\t\r\n])/g;

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  return `"${value.replaceAll(FORMULA, "'").replaceAll('"', '""')}"`;
}
