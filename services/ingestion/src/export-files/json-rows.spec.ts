import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonRows } from './json-rows.js';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const rowsOf = async (text: string | Buffer, size = 65_536) => {
  const rows = [];
  for await (const { text: row } of jsonRows(inPieces(Buffer.from(text), size), 'a.json')) rows.push(row);
  return rows;
};

describe('the rows of a JSON array', () => {
  it('are the elements, whatever they are and wherever the bytes are cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.constantFrom(undefined, 1, '\t'),
        fc.integer({ min: 3, max: 40 }),
        async (values, space, size) => {
          const rows = await rowsOf(JSON.stringify(values, null, space), size);
          expect(rows.map((row) => JSON.parse(row ?? ''))).toEqual(JSON.parse(JSON.stringify(values)));
        },
      ),
    ));

  it.each([
    ['nothing', '[]', []],
    ['nothing, with spaces', ' [ \n ] \n', []],
    ['a byte order mark', '\u{feff}[1]', ['1']],
    ['brackets and commas in strings', '["a,]\\"}",2]', ['"a,]\\"}"', '2']],
    ['an element that is no JSON', '[1,NaN,3]', ['1', 'NaN', '3']],
    ['an empty element', '[1,,3]', ['1', '', '3']],
    ['a comma at the end', '[1,]', ['1', '']],
    ['a bracket too many inside', '[{}},2]', ['{}}', '2']],
  ])('may have %s', async (_, text, rows) => {
    expect((await rowsOf(text)).map((row) => row?.trim())).toEqual(rows);
  });

  it('are told apart from bytes that are not UTF-8', async () => {
    expect(await rowsOf(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x2c, 0x31, 0x5d]))).toEqual([undefined, '1']);
  });

  it.each([
    ['', 'no JSON array'],
    ['   ', 'no JSON array'],
    ['{"a":1}', 'no JSON array'],
    ['null', 'no JSON array'],
    ['[1,2', 'breaks off in row 2'],
    ['[{"a":"', 'breaks off in row 1'],
    ['[1] x', 'goes on'],
    ['[1][2]', 'goes on'],
  ])('of %j are refused: %s', async (text, message) => {
    await expect(rowsOf(text)).rejects.toMatchObject({
      code: 'ARCHIVE_BROKEN',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['in one piece', 2_000_000],
    ['in many', 1_000],
  ])('that are too long are refused as that, %s', async (_, size) => {
    const bytes = Buffer.from(`[{"name":"a"},{"name":"${'x'.repeat(1_200_000)}"},{"name":"b"}]`);
    const read = async () => {
      for await (const _row of jsonRows(inPieces(bytes, size), 'endsong_0.json'));
    };
    await expect(read()).rejects.toMatchObject({
      code: 'ARCHIVE_TOO_LARGE',
      message: expect.stringContaining('row 2 of "endsong_0.json" has 1200011 bytes'),
    });
  });

  it('never fill the memory: one that does not end is refused', async () => {
    await expect(rowsOf(`["${'x'.repeat(500_000)}`)).rejects.toMatchObject({ code: 'ARCHIVE_BROKEN' });
  });
});
