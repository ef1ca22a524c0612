import { describe, expect, it } from 'vitest';
import { claimOf, missingFiles, missingTests, withoutTest } from './claims.js';
import { read } from './sources.js';

const page = read('docs/jobs.md');
const rows = page.split('\n').filter((line) => / `[\w/.-]+\.spec\.ts` /.test(line));
const claims = rows.map(claimOf);

describe('docs/jobs.md', () => {
  it('has a test for every promise', () => {
    expect(claims.length).toBeGreaterThan(25);
    expect(withoutTest(claims)).toEqual([]);
    const promised = page.split('## What is promised')[1]?.split('\n## ')[0] ?? '';
    const tables = promised
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (Promise|-)/.test(line));
    expect(tables.length).toBe(claims.length);
  });

  it('names no file and no test that is not there', () => {
    expect(missingFiles(page)).toEqual([]);
    expect(missingTests(claims)).toEqual([]);
  });
});
