import type { ExportPiece } from '@undertone/contracts/personal-data/export-pages';
import { fitting } from '../rpc/page-bytes.js';

/** Some of a part, and where the next page begins; `undefined`: it was the last one. */
export interface PartPage {
  readonly pieces: readonly ExportPiece[];
  readonly next: string | undefined;
}

/** Part of what a service has of a person: a file of their export, or several that follow each other. */
export interface ExportPart {
  /** Names it in cursors. */
  readonly name: string;
  /** @param after `next` of the page before. */
  page(userId: string, after: string | undefined): Promise<PartPage>;
}

/** What stands around and between the entries of a file. */
export interface Frame {
  readonly head: string;
  readonly between: string;
  readonly tail: string;
}

/** A JSON array; its entries are JSON. */
export const jsonArray: Frame = { head: '[\n', between: ',\n', tail: '\n]\n' };

/** Lines; an entry ends with its line break. */
export const lines: Frame = { head: '', between: '', tail: '' };

/** One entry of a file. */
export interface ExportEntry {
  /** `undefined`: it has no place in this file. */
  readonly text: string | undefined;
  /** Its place: the next page begins after it. */
  readonly key: string;
}

/** Gives at most so many entries after a place, in order. */
export type EntriesAfter = (
  userId: string,
  after: string | undefined,
  limit: number,
) => Promise<readonly ExportEntry[]>;

/** Entries that are read at once; fewer are sent where they are long. */
const ENTRIES = 1_000;

/** Cuts what was read to what one answer holds. */
export function cut<E extends ExportEntry>(
  entries: readonly E[],
  limit: number,
): { readonly sent: readonly E[]; readonly next: string | undefined } {
  const sent = entries.slice(0, Math.min(limit, fitting(entries.map(({ text }) => text ?? ''))));
  return { sent, next: entries.length > sent.length ? sent.at(-1)?.key : undefined };
}

// Before the key in a cursor: whether the file has an entry yet.
const [BEGUN, EMPTY] = ['+', '-'];

/** A file of entries. @param limit of entries that are read at once. */
export const filePart = (
  file: string,
  { head, between, tail }: Frame,
  entriesAfter: EntriesAfter,
  limit = ENTRIES,
): ExportPart => ({
  name: file,
  page: async (userId, after) => {
    const { sent, next } = cut(await entriesAfter(userId, after?.slice(1), limit + 1), limit);
    const texts = sent.flatMap(({ text }) => text ?? []);
    const isBegun = after?.[0] === BEGUN;
    const text = [
      after === undefined ? head : '',
      isBegun && texts.length > 0 ? between : '',
      texts.join(between),
      next === undefined ? tail : '',
    ].join('');
    const mark = isBegun || texts.length > 0 ? BEGUN : EMPTY;
    return { pieces: [{ file, text }], next: next === undefined ? undefined : `${mark}${next}` };
  },
});
