import type { z } from 'zod';
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
