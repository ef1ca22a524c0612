import type { z } from 'zod';
import type { Page } from './page.js';
import { fitting } from './page-bytes.js';
import { badCursor } from './rpc-client.js';

/**
 * The cursor of a list whose rows have an order of their own: the sort key of a page's last row. The next page holds
 * what comes after that key, so that rows which come and go meanwhile make it neither skip nor repeat another one.
 */
export class KeysetCursor<K> {
  /** @param list its name, so that a cursor is good for no other one. */
  constructor(
    private readonly list: string,
    private readonly key: z.ZodType<K>,
  ) {}

  after(key: K): string {
    return Buffer.from(JSON.stringify([this.list, key])).toString('base64url');
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

  /** @throws {Refused} when the text is not a cursor that this list gave. */
  read(cursor: string): K {
    try {
      const [list, key] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
      if (list === this.list) return this.key.parse(key);
    } catch {
      // Whatever is wrong with it, it is none of ours.
    }
    throw badCursor();
  }
}
