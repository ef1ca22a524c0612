import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documents } from '../generate/documents.ts';

describe.each(Object.entries(documents))('the %s document', (_, { file, render }) => {
  it('is what the contracts say now', () => {
    const stale = 'stale: run pnpm --filter @undertone/contracts run generate, and commit what it wrote';
    expect(readFileSync(file, 'utf8') === render(), stale).toBe(true);
  });

  it('is the same however often it is made', () => {
    expect(render()).toBe(render());
  });
});
