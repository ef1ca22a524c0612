import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { read, root } from './sources.js';

const page = read('docs/security.md');
/** The chapters of the ASVS that the page has a table for. */
const chapters = page.split(/^### V(?=\d+ )/m).slice(1);

interface Claim {
  readonly chapter: string;
  readonly requirement: string;
  /** The path of a file. */
  readonly spec: string;
  /** The names of its `describe` and its test, as they stand in the file. */
  readonly title: string;
}

/** The last cell of a row: `` `path` title ``, where ` › ` stands between the names of a `describe` and of its test. */
const claims: readonly Claim[] = chapters.flatMap((text) => {
  const chapter = /^\d+/.exec(text)?.[0] ?? '';
  const rows = text.split('\n').filter((line) => /^\| \d/.test(line));
  return rows.map((row) => {
    const [, requirement = '', , test = ''] = row.split(/ *\| */);
    const [, spec = '', title = ''] = /^`([^`]+)` (.+)$/.exec(test) ?? [];
    return { chapter, requirement, spec, title };
  });
});

const exists = (path: string) => existsSync(`${root}/${path}`);

describe('docs/security.md', () => {
  it('has a test for every claim', () => {
    expect(claims.length).toBeGreaterThan(80);
    expect(claims.filter(({ spec, title }) => !spec.endsWith('.spec.ts') || title === '')).toEqual([]);
  });

  it('names no spec file that is not there', () => {
    const named = [...page.matchAll(/[\w./-]+\.spec\.ts/g)].map(([path]) => path);
    expect(named.filter((path) => !exists(path))).toEqual([]);
  });

  it('names no test that is not in its file', () => {
    const isIn = (text: string, name: string) =>
      ["'", '"', '`'].some((quote) => text.includes(`${quote}${name}${quote}`));
    const missing = claims.filter(
      ({ spec, title }) => exists(spec) && !title.split(' › ').every((name) => isIn(read(spec), name)),
    );
    expect(missing).toEqual([]);
  });

  it('puts each requirement under its chapter', () => {
    const misplaced = claims.filter(({ chapter, requirement }) => !requirement.startsWith(`${chapter}.`));
    expect(misplaced).toEqual([]);
  });
});
