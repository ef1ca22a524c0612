import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KeysetCursor } from './keyset-cursor.js';
import { fitting } from './page-bytes.js';

const KIB_100 = 'é'.repeat(50 * 1024);
const rows = Array.from({ length: 12 }, (_, n) => ({ sequence: 12 - n, text: KIB_100 }));

const cursor = new KeysetCursor('texts', z.int());

describe('a page', () => {
  it('ends where its bytes do, and the cursor goes on from there', () => {
    const shown = rows.slice(0, 10).map(({ text }) => text);
    const { items, next } = cursor.page(rows, shown, ({ sequence }) => sequence);
    expect(items).toHaveLength(5);
    expect(cursor.read(next ?? '')).toBe(8);
  });

  it('has one item at least, however large', () => {
    expect(fitting(['x'.repeat(2_000_000), 'x'])).toBe(1);
    expect(fitting([])).toBe(0);
  });

  it('has all rows where they fit, and no cursor after the last', () => {
    const all = rows.slice(0, 5);
    expect(cursor.page(all, all, ({ sequence }) => sequence)).toEqual({ items: all, next: null });
  });
});
