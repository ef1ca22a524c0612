import { fitting } from './page-bytes.js';
import { badCursor } from './rpc-client.js';

/** A page of a list, and the cursor of the next one. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

/**
 * Lists are in log order, newest first, and a cursor is the stream sequence of the last row of a page, opaque to
 * clients. New rows come before it, so pages neither skip nor repeat.
 */
const cursorAfter = (sequence: number): string => Buffer.from(`s${sequence}`).toString('base64url');

/** @throws {Refused} when the text is not a cursor that was given out. */
export function cursorSequence(cursor: string): number {
  const match = /^s(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (!match) throw badCursor();
  return Number(match[1]);
}

/**
 * The page ends after `limit` rows, or earlier where they are too large to be sent together.
 * @param rows one more than `limit`, where there are that many: it tells whether there is a next page.
 */
export function pageOf<Row extends { sequence: number }, T>(
  rows: readonly Row[],
  limit: number,
  shown: (row: Row) => T,
): Page<T> {
  const all = rows.slice(0, limit).map(shown);
  const items = all.slice(0, fitting(all));
  const last = rows[items.length - 1];
  return { items, next: rows.length > items.length && last ? cursorAfter(last.sequence) : null };
}
