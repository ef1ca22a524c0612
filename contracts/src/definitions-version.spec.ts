import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { consumers } from './consumers.js';
import { definitionsVersion, streams } from './streams.js';

it('raises the version of the definitions with each change of a stream or a consumer', () => {
  const hash = createHash('sha256').update(JSON.stringify({ streams, consumers })).digest('hex').slice(0, 12);
  // Where this fails, raise `definitionsVersion` and put the new pair here.
  expect([definitionsVersion, hash]).toEqual([9, 'f789a8be886f']);
});
