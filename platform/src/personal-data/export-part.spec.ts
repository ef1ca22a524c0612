import { expect, it } from 'vitest';
import { type ExportPart, filePart, jsonArray, lines } from './export-part.js';
import { pagesOf } from './export-parts.js';

/** Numbers from 1 on; each is as long as told. */
const numbers =
  (count: number, length = 1) =>
  async (_user: string, after: string | undefined, limit: number) =>
    Array.from({ length: count }, (_, index) => index + 1)
      .filter((number) => number > Number(after ?? 0))
      .slice(0, limit)
      .map((number) => ({ text: `${number}`.padEnd(length), key: `${number}` }));

async function whole(
  parts: readonly ExportPart[],
): Promise<{ files: Record<string, string>; pages: number }> {
  const files: Record<string, string> = {};
  let pages = 0;
  for (let after: string | null = null; ; pages += 1) {
    const { pieces, next } = await pagesOf(parts, 'ada', after);
    for (const { file, text } of pieces) files[file] = (files[file] ?? '') + text;
    if (next === null) return { files, pages: pages + 1 };
    after = next;
  }
}

it.each([0, 1, 3, 4, 7])('%i entries, three a page, make one JSON array', async (count) => {
  const { files } = await whole([filePart('a.json', jsonArray, numbers(count), 3)]);
  expect(JSON.parse(files['a.json'] ?? '')).toEqual(Array.from({ length: count }, (_, index) => index + 1));
});

it.each([1, 2, 3])('entries without a text, %i a page, leave an array whole', async (limit) => {
  const odd = async (...asked: Parameters<ReturnType<typeof numbers>>) =>
    (await numbers(8)(...asked)).map(({ text, key }) => ({
      key,
      text: ['3', '7'].includes(key) ? text : undefined,
    }));
  const { files } = await whole([filePart('a.json', jsonArray, odd, limit)]);
  expect(JSON.parse(files['a.json'] ?? '')).toEqual([3, 7]);
});

it('a page ends where an answer would be too large', async () => {
  const { files, pages } = await whole([filePart('long.txt', lines, numbers(5, 200 * 1024))]);
  expect(pages).toBe(3);
  expect(files['long.txt']).toHaveLength(5 * 200 * 1024);
});

it('parts follow each other, and an empty one is a file, too', async () => {
  const parts = ['a', 'b', 'c'].map((name, index) => filePart(`${name}.json`, jsonArray, numbers(index), 1));
  expect(Object.keys((await whole(parts)).files)).toEqual(['a.json', 'b.json', 'c.json']);
});

it('a cursor that names no part is refused, and so is one that is none', async () => {
  const parts = [filePart('a.json', jsonArray, numbers(1))];
  for (const cursor of ['["b.json","1"]', '{}', 'a.json', '[1]']) {
    await expect(pagesOf(parts, 'ada', cursor)).rejects.toMatchObject({ code: 'BAD_CURSOR' });
  }
});
