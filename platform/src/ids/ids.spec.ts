import { describe, expect, it } from 'vitest';
import { derivedId, newId } from './ids.js';

describe('ids', () => {
  it('are version 7 and sort by the time they were made', () => {
    const ids = Array.from({ length: 1_000 }, newId);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.toSorted()).toEqual(ids);
  });

  it('are the same for the same parts, in every process and release', () => {
    // Jobs and events in the log have ids like this one: it must never come out differently.
    expect(derivedId('job', 'ingest-listening-data', 'user', 'key')).toBe(
      'cdf454dc-a17c-5afc-b3cc-908be9c8a79c',
    );
  });

  it('are others for other parts, also when the parts run together to the same text', () => {
    const ids = [
      derivedId('ab', 'c'),
      derivedId('a', 'bc'),
      derivedId('abc'),
      derivedId('c', 'ab'),
      derivedId('ab', 'c', ''),
    ];
    expect(new Set(ids).size).toBe(5);
  });
});
