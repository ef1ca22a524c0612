import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import type { ExportPiece } from '@undertone/contracts/personal-data/export-pages';
import { expect, it } from 'vitest';
import { filesIn } from '../../test/archive-files.js';
import { archiveOf } from './archive.js';

const asOf = new Date('2026-11-30T12:00:00Z');

async function* given(pieces: readonly ExportPiece[]): AsyncGenerator<ExportPiece> {
  yield* pieces;
}
const packed = async (pieces: AsyncIterable<ExportPiece>) => filesIn(await buffer(archiveOf(pieces, asOf)));

it('has each file with all of its pieces, and a README that says what they are', async () => {
  const { 'README.txt': readme, ...files } = await packed(
    given([
      { file: 'profile.json', text: '{}' },
      { file: 'plays.csv', text: 'a\r\n' },
      { file: 'plays.csv', text: '' },
      { file: 'plays.csv', text: 'ü\r\n' },
      { file: 'sessions.json', text: '' },
      { file: 'insights/2026-10.md', text: 'one' },
      { file: 'insights/2026-11.md', text: 'two' },
    ]),
  );
  expect(files).toEqual({
    'profile.json': '{}',
    'plays.csv': 'a\r\nü\r\n',
    'sessions.json': '',
    'insights/2026-10.md': 'one',
    'insights/2026-11.md': 'two',
  });
  expect(readme).toContain('as of 2026-11-30T12:00:00.000Z');
  for (const name of ['profile.json', 'plays.csv', 'insights/']) expect(readme).toContain(`\n${name}\n    `);
  expect(readme).not.toContain('listenbrainz.jsonl');
  expect(readme).toContain('person_key: the key that the tokens stand under.');
});

it('is an archive when there is nothing', async () => {
  expect(Object.keys(await packed(given([])))).toEqual(['README.txt']);
});

it('fails when a piece cannot be had', async () => {
  const broken = async function* (): AsyncGenerator<ExportPiece> {
    yield { file: 'plays.csv', text: 'a' };
    throw new Error('the service went away');
  };
  await expect(buffer(archiveOf(broken(), asOf))).rejects.toThrow('the service went away');
});

it('fails when a file comes in two places', async () => {
  const pieces = ['a.json', 'b.json', 'a.json'].map((file) => ({ file, text: '1' }));
  await expect(packed(given(pieces))).rejects.toThrow('the pieces of a.json do not follow each other');
});

it('asks for no more than is read, and for nothing once it is destroyed', async () => {
  let asked = 0;
  const noise = Array.from({ length: 20_000 }, (_, index) => Math.sin(index)).join();
  const endless = async function* (): AsyncGenerator<ExportPiece> {
    for (;;) {
      asked += 1;
      yield { file: 'plays.csv', text: noise };
    }
  };
  const archive = archiveOf(endless(), asOf);
  for await (const _ of archive) if (asked > 2) break;
  await finished(archive).catch(() => undefined);
  const before = asked;
  expect(before).toBeLessThan(20);
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toBeLessThanOrEqual(before + 1);
});
