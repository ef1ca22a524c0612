import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shippedPrompts } from '../types/insight-types.js';
import { faultsOf } from './check-content.js';

const file = new URL('./released-hashes.json', import.meta.url);
const released = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>;

describe('the shipped prompts', () => {
  it('are what was released, in that order, and what is new stands behind', () => {
    const shipped: Record<string, string[]> = {};
    for (const { name, hash } of shippedPrompts) (shipped[name] ??= []).push(hash);
    // A released version is never changed: write the next one, and add its hash to released-hashes.json.
    expect(shipped).toEqual(released);
  });

  it.each(shippedPrompts.map((prompt) => ({ changelog: prompt.changelog, prompt })))(
    'can be filled in: $prompt.name, "$changelog"',
    ({ prompt: { name, content } }) => {
      expect(faultsOf(name, content)).toEqual([]);
    },
  );
});
