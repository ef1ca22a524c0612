import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { KeysetCursor } from './keyset-cursor.js';
import { pageOf } from './page.js';
import { fitting } from './page-bytes.js';

const KIB_100 = 'é'.repeat(50 * 1024);
const rows = Array.from({ length: 12 }, (_, n) => ({ sequence: 12 - n, text: KIB_100 }));

describe('a page', () => {
  it('ends where its bytes do, and the cursor goes on from there', () => {
    const page = pageOf(rows, 10, ({ text }) => text);
    expect(page.items).toHaveLength(5);
    expect(Buffer.from(page.next ?? '', 'base64url').toString()).toBe('s8');
  });

  it('does so in lists with an order of their own', () => {
    const cursor = new KeysetCursor('texts', z.int());
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
    expect(pageOf(rows.slice(0, 5), 5, ({ sequence }) => sequence)).toEqual({
      items: [12, 11, 10, 9, 8],
      next: null,
    });
  });
});
