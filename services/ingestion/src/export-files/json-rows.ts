import { broken, tooLarge } from './export-error.js';

/** One element of an array, not parsed yet. */
export interface JsonRow {
  /** From 1. */
  readonly row: number;
  /** Absent when the bytes are not UTF-8. */
  readonly text: string | undefined;
}

/** A row of an export has about 1 kB. */
const MAX_ROW_BYTES = 256 * 1024;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const [TAB, NEWLINE, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const isSpace = (byte: number) => byte === SPACE || byte === NEWLINE || byte === RETURN || byte === TAB;

/**
 * Cuts a JSON array of any length into its elements while it streams by. Only brackets and strings are looked at, so
 * an element that is no JSON costs itself and not the rest of the file; a parser of tokens would stop at the first.
 * Bytes above 0x7f are never part of an ASCII character in UTF-8, so the cuts need no decoding.
 * @param file for messages.
 * @throws {PermanentJobError} `ARCHIVE_BROKEN` when it is no array, ends in the middle, or goes on behind its end;
 * `ARCHIVE_TOO_LARGE` when an element is longer than any row of an export.
 */
export async function* jsonRows(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<JsonRow> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let place = 'before' as 'before' | 'inside' | 'after';
  let row = 1;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let seen = false;
  let first = true;
  let kept: Buffer[] = [];
  let keptBytes = 0;

  const take = (last: Buffer): JsonRow => {
    const length = keptBytes + last.length;
    if (length > MAX_ROW_BYTES) {
      throw tooLarge(
        `row ${row} of "${file}" has ${length} bytes, and at most ${MAX_ROW_BYTES} are read: no export has such a row; nothing of the file was kept`,
      );
    }
    const bytes = kept.length > 0 ? Buffer.concat([...kept, last]) : last;
    kept = [];
    keptBytes = 0;
    seen = false;
    try {
      return { row, text: decoder.decode(bytes) };
    } catch {
      return { row, text: undefined };
    } finally {
      row += 1;
    }
  };

  for await (const whole of chunks) {
    let chunk = whole;
    if (first && chunk.subarray(0, 3).equals(BOM)) chunk = chunk.subarray(3);
    first = false;
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        continue;
      }
      if (isSpace(byte)) continue;
      if (place === 'before') {
        if (byte !== OPEN_ARRAY) throw broken(`"${file}" is no JSON array of rows`);
        place = 'inside';
        start = at + 1;
        continue;
      }
      if (place === 'after') throw broken(`"${file}" goes on after the end of its rows`);
      if (depth === 0 && (byte === COMMA || byte === CLOSE_ARRAY)) {
        // `[]` has no row; a comma always has one before it and one behind it.
        if (byte === COMMA || seen || row > 1) yield take(chunk.subarray(start, at));
        start = at + 1;
        if (byte === CLOSE_ARRAY) place = 'after';
        continue;
      }
      seen = true;
      if (byte === QUOTE) inString = true;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth += 1;
      else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && depth > 0) depth -= 1;
    }
    if (place !== 'inside') continue;
    kept.push(chunk.subarray(start));
    keptBytes += chunk.length - start;
    // Only whether it ends is still of interest: it is too long, or the file breaks off in it.
    if (keptBytes > MAX_ROW_BYTES) kept = [];
  }
  if (place === 'before') throw broken(`"${file}" is no JSON array of rows`);
  if (place === 'inside') throw broken(`"${file}" breaks off in row ${row}`);
}
