import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultsOf } from '../prompt-content/check-content.js';
import { shippedPrompts } from './insight-types.js';

const file = new URL('./released-hashes.json', import.meta.url);
const released = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>;

describe('the shipped prompts', () => {
  it('are what was released, in that order, and what is new stands behind', () => {
    const byName = Map.groupBy(shippedPrompts, ({ name }) => name);
    const hashes = [...byName].map(([name, prompts]) => [name, prompts.map(({ hash }) => hash)]);
    // A released version is never changed: write the next one, and add its hash to released-hashes.json.
    expect(Object.fromEntries(hashes)).toEqual(released);
  });

  it.each(shippedPrompts.map((prompt) => ({ changelog: prompt.changelog, prompt })))(
    'can be filled in: $prompt.name, "$changelog"',
    ({ prompt: { name, content } }) => {
      expect(faultsOf(name, content)).toEqual([]);
    },
  );
});
