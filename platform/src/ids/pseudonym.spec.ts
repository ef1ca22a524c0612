import { id } from '@undertone/contracts/id';
import { describe, expect, it } from 'vitest';
import { pseudonymOf } from './pseudonym.js';

const ada = '01934f2e-7a1b-7c3d-8e4f-5a6b7c8d9e0f';

describe('the pseudonym of a person', () => {
  it('is the same in every process and release, however the id is spelled', () => {
    // The list of erasures has pseudonyms like this one: it must never come out differently.
    expect(pseudonymOf(ada)).toBe('11362860-fa72-559c-81b3-4a770f729e30');
    expect(pseudonymOf(ada.toUpperCase())).toBe(pseudonymOf(ada));
  });

  it('is an id, another one for each person, and has nothing of theirs', () => {
    const others = Array.from({ length: 100 }, (_, n) => ada.replace(/..$/, n.toString(16).padStart(2, '0')));
    const pseudonyms = others.map(pseudonymOf);
    expect(new Set(pseudonyms).size).toBe(100);
    for (const [n, pseudonym] of pseudonyms.entries()) {
      expect(id.parse(pseudonym)).toBe(pseudonym);
      // Not the time either, with which an id begins.
      expect(pseudonym.slice(0, 8)).not.toBe(others[n]?.slice(0, 8));
    }
  });
});
