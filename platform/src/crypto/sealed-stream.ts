import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { KEY_BYTES } from './aes-gcm.js';

const CIPHER = 'aes-256-ctr';
const START_BYTES = 16;

/** How much longer a sealed stream is. */
export const SEAL_BYTES = START_BYTES;

const keyOf = (secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', 'undertone stream', KEY_BYTES));

/**
 * Encrypts a stream as it goes by, under a secret of 256 bits that nobody guesses. It does not tell by itself whether somebody changed it:
 * an object's reference does, by its hash. Storage format: where the counter starts, then AES-256-CTR.
 */
export const sealStream = (data: Readable, secret: string): Readable =>
  Readable.from(sealed(data, secret), { objectMode: false });

async function* sealed(data: AsyncIterable<Buffer>, secret: string): AsyncGenerator<Buffer> {
  const start = randomBytes(START_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(secret), start);
  yield start;
  for await (const chunk of data) yield cipher.update(chunk);
}

/** What was sealed under the secret. */
export const openStream = (data: Readable, secret: string): Readable =>
  Readable.from(opened(data, secret), { objectMode: false });

async function* opened(data: AsyncIterable<Buffer>, secret: string): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0);
  let decipher: ReturnType<typeof createDecipheriv> | undefined;
  for await (const chunk of data) {
    if (decipher) {
      yield decipher.update(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < START_BYTES) continue;
    decipher = createDecipheriv(CIPHER, keyOf(secret), head.subarray(0, START_BYTES));
    if (head.length > START_BYTES) yield decipher.update(head.subarray(START_BYTES));
  }
}
