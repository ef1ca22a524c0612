import { expect, it } from 'vitest';
import { redisKeys } from '../servers/redis-permissions.js';
import { streams } from '../streams.js';
import { redisKeyPatterns, subjects } from './stores.js';

it('declares the keys of each service', () => {
  const written = Object.entries(redisKeys).flatMap(([service, { writes }]) =>
    writes.map((pattern) => [pattern, service]),
  );
  const declared = Object.entries(redisKeyPatterns).map(([pattern, { service }]) => [pattern, service]);
  expect(declared.sort()).toEqual(written.sort());
});

it('declares the subjects of each stream', () => {
  const kept = Object.values(streams).flatMap((stream) => [...stream.subjects]);
  expect(Object.keys(subjects).sort()).toEqual(kept.sort());
});
