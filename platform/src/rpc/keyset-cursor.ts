import { createHash } from 'node:crypto';
import { canonicalJson } from '@undertone/contracts/canonical-json';
import type { z } from 'zod';
import type { Page } from './page.js';
import { fitting } from './page-bytes.js';
import { badCursor } from './rpc-client.js';

/** What a list is asked for with: everything but `limit` and `cursor` tells it from other ones. */
type ListQuestion = Readonly<Record<string, string | number | undefined>>;

/**
 * The cursor of a list: the sort key of a page's last row. The next page holds what comes after that key, so that rows
 * which come and go meanwhile make it neither skip nor repeat another one. With the key it carries a mark of the list
 * that gave it, and is good for no other: nobody else's, and none that is sorted or filtered in another way.
 */
export class KeysetCursor<K> {
  private readonly mark: string;

  /** @param list its name. */
  constructor(
    private readonly list: string,
    private readonly key: z.ZodType<K>,
    of: ListQuestion = {},
  ) {
    // Short, since some keys are long, and it shows no ids in addresses; it guards nothing.
    this.mark = createHash('sha256')
      .update(`${list} ${canonicalJson(of)}`)
      .digest('base64url')
      .slice(0, 11);
  }

  /** The cursor of the one list that a question asks for; its `limit` may change from page to page. */
  for(question: ListQuestion): KeysetCursor<K> {
    return new KeysetCursor(this.list, this.key, { ...question, limit: undefined, cursor: undefined });
  }

  after(key: K): string {
    return Buffer.from(JSON.stringify([this.mark, key])).toString('base64url');
  }

  /**
   * A page of the list; it ends earlier than `items` do where they are too large to be sent together.
   * @param rows what was read: one more than `items`, where there are more.
   * @param items what is shown of the rows, in their order.
   */
  page<Row, T>(rows: readonly Row[], items: readonly T[], keyOf: (row: Row) => K): Page<T> {
    const sent = items.slice(0, fitting(items));
    const last = rows[sent.length - 1];
    const more = rows.length > sent.length && last !== undefined;
    return { items: sent, next: more ? this.after(keyOf(last)) : null };
  }

  /** @throws {Refused} when the text is not, to the letter, a cursor that this list gave. */
  read(cursor: string): K {
    try {
      const [, given] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
      const key = this.key.parse(given);
      // White space, further elements and fields, another list's mark: all of them are lost on the way back.
      if (this.after(key) === cursor) return key;
    } catch {
      // Whatever is wrong with it, it is none of ours.
    }
    throw badCursor();
  }
}
