import { createHash } from 'node:crypto';

/**
 * Encryption keys of the kept releases, and of nothing else: made of a sentence that everybody can read, so that the
 * data can be opened wherever the tests run. What they hide is invented.
 */
const key = (number: number): string =>
  createHash('sha256').update(`not a secret: key ${number} of e2e/releases`).digest('base64');

/** `FIELD_ENCRYPTION_KEY` before the keys were rotated. */
export const firstKey = key(1);
/** `FIELD_ENCRYPTION_KEY` since then. */
export const rotatedKeys = `${key(2)},${key(1)}`;
