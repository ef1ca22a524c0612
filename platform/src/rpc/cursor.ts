import { Refused } from './rpc-client.js';

/**
 * Opaque cursors of lists in log order, newest first: the stream sequence of the last row of a page. New rows come
 * before it, so pages neither skip nor repeat.
 */
export const cursorAfter = (sequence: number): string => Buffer.from(`s${sequence}`).toString('base64url');

/** @throws {Refused} when the text is not a cursor that was given out. */
export function cursorSequence(cursor: string): number {
  const match = /^s(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (!match) throw new Refused('BAD_CURSOR', 422, 'cursor: not one that this list gave');
  return Number(match[1]);
}
