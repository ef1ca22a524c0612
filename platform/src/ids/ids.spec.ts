import { v5 } from 'uuid';
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

  it('are of version 5, as a library makes them', () => {
    const namespace = 'b6a5d0c2-6f1e-5c3b-9a67-0d6e5f1c2a44';
    for (let n = 0; n < 1_000; n += 1) {
      const parts = [`Ma\u00f1ana ${n}`, '\u{1f319}'.repeat(n % 7), '\u591c'];
      expect(derivedId(...parts)).toBe(v5(parts.join('\u0000'), namespace));
    }
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
