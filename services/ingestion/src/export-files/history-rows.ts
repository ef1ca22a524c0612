import type { ExportFileKind } from '@undertone/contracts/listening/import';
import { readAccountDataRow } from './account-data-row.js';
import type { ExportFile } from './export-file.js';
import { readExtendedRow } from './extended-row.js';
import type { HistoryRow } from './history-row.js';
import { type JsonRow, jsonRows } from './json-rows.js';
import { asUtf8 } from './utf8.js';

/** A row, and where it stands: `row` counts from 1. */
export interface PlacedRow {
  readonly row: number;
  readonly content: HistoryRow;
}

type Readable = Pick<ExportFile, 'name' | 'read'>;

/** Parses a history file row by row. @throws {PermanentJobError} when it ends in the middle or is no array. */
export async function* historyRows(file: ExportFile): AsyncGenerator<PlacedRow> {
  for await (const { row, text } of rowsOf(file)) {
    yield { row, content: text === undefined ? notUtf8 : readRow(text, file) };
  }
}

/** @throws {PermanentJobError} as `historyRows` does, but reads no row. */
export async function checkRows(file: Readable): Promise<void> {
  for await (const _ of rowsOf(file));
}

const rowsOf = (file: Readable): AsyncGenerator<JsonRow> => jsonRows(asUtf8(file.read()), file.name);

/** First rows may be odd. */
const LOOKED_AT = 1_000;

/** The kind of a file by its first rows, whatever its name. */
export async function kindByContent(file: Readable): Promise<ExportFileKind> {
  for await (const { row, text } of rowsOf(file)) {
    const kind = kindOfRow(parsed(text ?? ''));
    if (kind) return kind;
    if (row >= LOOKED_AT) break;
  }
  return 'not_history';
}

/** What a row's fields say of it. */
function kindOfRow(value: unknown): 'extended' | 'account_data' | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const has = (...names: string[]): boolean => names.some((name) => name in value);
  if (has('ts') && has('ms_played', 'master_metadata_track_name')) return 'extended';
  if (has('endTime', 'time') && has('msPlayed', 'trackName')) return 'account_data';
  return undefined;
}

const notUtf8: HistoryRow = { is: 'unreadable', reason: 'is not UTF-8' };
const notJson: HistoryRow = { is: 'unreadable', reason: 'is not JSON' };

function readRow(text: string, file: ExportFile): HistoryRow {
  const value = parsed(text);
  if (value === undefined) return notJson;
  const kind = kindOfRow(value) ?? file.kind;
  const row = kind === 'account_data' ? readAccountDataRow(value) : readExtendedRow(value);
  if (file.holds === 'music' || row.is !== 'stream') return row;
  return { is: file.holds === 'videos' ? 'music_video' : 'not_music' };
}

// The error's own message quotes the row, which may hold an address.
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
