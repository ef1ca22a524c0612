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
 * A spreadsheet takes what begins so for a formula, and names come from anywhere: such a cell gets an apostrophe in front. OWASP, "CSV
 * Injection": https://owasp.org/www-community/attacks/CSV_Injection. The full-width forms are for spreadsheets that fold them.
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
