import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { openStream, SEAL_BYTES, sealStream } from './sealed-stream.js';

const secret = randomBytes(32).toString('base64url');
const inChunks = (data: Buffer, size: number) => {
  const chunks = [];
  for (let from = 0; from < data.length; from += size) chunks.push(data.subarray(from, from + size));
  return Readable.from(chunks, { objectMode: false });
};

it.each([
  [0, 1],
  [1, 1],
  [40, 7],
  [100_000, 4_096],
])('%i bytes in chunks of %i come back, and are %j bytes longer on the way', async (length, size) => {
  const data = randomBytes(length);
  const kept = await buffer(sealStream(inChunks(data, size), secret));
  expect(kept).toHaveLength(length + SEAL_BYTES);
  for (const chunk of [1, 15, 16, 17, 1_000]) {
    expect((await buffer(openStream(inChunks(kept, chunk), secret))).equals(data)).toBe(true);
  }
});

it('nothing of it can be read without the secret, and the same twice is not the same', async () => {
  const data = Buffer.from('Zephyrine Quillfeather '.repeat(20));
  const [one, other] = [
    await buffer(sealStream(inChunks(data, 50), secret)),
    await buffer(sealStream(inChunks(data, 50), secret)),
  ];
  expect(one.equals(other)).toBe(false);
  expect(one.toString('latin1')).not.toContain('Zephyrine');
  const guessed = await buffer(openStream(inChunks(one, 50), 'another secret'));
  expect(guessed.equals(data)).toBe(false);
});

it('fails as its source does, and destroys what nobody reads', async () => {
  const failing = Readable.from(
    (async function* () {
      yield Buffer.from('some');
      throw new Error('cut off');
    })(),
  );
  await expect(buffer(sealStream(failing, secret))).rejects.toThrow('cut off');
  const source = inChunks(randomBytes(100_000), 10);
  for await (const _ of openStream(sealStream(source, secret), secret)) break;
  expect(source.destroyed).toBe(true);
});
