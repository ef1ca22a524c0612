import { describe, expect, it } from 'vitest';
import { claimOf, missingFiles, missingTests, withoutTest } from './claims.js';
import { read } from './sources.js';

const page = read('docs/security.md');
/** The chapters of the ASVS that the page has a table for. */
const chapters = page.split(/^### V(?=\d+ )/m).slice(1);
const claims = chapters.flatMap((text) => {
  const chapter = /^\d+/.exec(text)?.[0] ?? '';
  const rows = text.split('\n').filter((line) => /^\| \d/.test(line));
  return rows.map((row) => ({ chapter, ...claimOf(row) }));
});

describe('docs/security.md', () => {
  it('has a test for every claim', () => {
    expect(claims.length).toBeGreaterThan(80);
    expect(withoutTest(claims)).toEqual([]);
  });

  it('names no spec file that is not there', () => {
    expect(missingFiles(page)).toEqual([]);
  });

  it('names no test that is not in its file', () => {
    expect(missingTests(claims)).toEqual([]);
  });

  it('puts each requirement under its chapter', () => {
    const misplaced = claims.filter(({ chapter, cells }) => !cells[0]?.startsWith(`${chapter}.`));
    expect(misplaced).toEqual([]);
  });
});
