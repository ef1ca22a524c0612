import type { ExportFileKind } from '@undertone/contracts/listening/import';
import { readAccountDataRow } from './account-data-row.js';
import { notAnExport } from './export-error.js';
import type { ExportFile } from './export-file.js';
import { readExtendedRow } from './extended-row.js';
import type { HistoryRow } from './history-row.js';
import { jsonRows } from './json-rows.js';

/** A row, and where it stands: `row` counts from 1. */
export interface PlacedRow {
  readonly row: number;
  readonly content: HistoryRow;
}

/** Parses a history file row by row. @throws {PermanentJobError} when it ends in the middle or is no array. */
export async function* historyRows(file: ExportFile): AsyncGenerator<PlacedRow> {
  for await (const { row, text } of jsonRows(file.read(), file.name)) {
    yield { row, content: text === undefined ? notUtf8 : readRow(text, file) };
  }
}

/** The kind of a single file by its first row, for a file that was renamed. */
export async function kindByContent(file: Pick<ExportFile, 'name' | 'read'>): Promise<ExportFileKind> {
  for await (const { text } of jsonRows(file.read(), file.name)) {
    const first = parsed(text ?? '');
    if (typeof first === 'object' && first !== null) {
      if ('ts' in first) return 'extended';
      if ('endTime' in first) return 'account_data';
    }
    break;
  }
  throw notAnExport(`"${file.name}" has no listening history in it that is known`);
}

const notUtf8: HistoryRow = { is: 'unreadable', reason: 'is not UTF-8' };
const notJson: HistoryRow = { is: 'unreadable', reason: 'is not JSON' };

function readRow(text: string, file: ExportFile): HistoryRow {
  const value = parsed(text);
  if (value === undefined) return notJson;
  const row = file.kind === 'account_data' ? readAccountDataRow(value) : readExtendedRow(value);
  return file.music || row.is === 'unreadable' ? row : { is: 'not_music' };
}

// The error's own message quotes the row, which may hold an address.
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
