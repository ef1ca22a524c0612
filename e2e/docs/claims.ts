import { existsSync } from 'node:fs';
import { read, root } from './sources.js';

/** What a page says, and the test that proves it. */
export interface Claim {
  /** The cells of its row before the test's. */
  readonly cells: readonly string[];
  /** The path of a file. */
  readonly spec: string;
  /** The names of its `describe` and its test, as they stand in the file. */
  readonly title: string;
}

/** Of a row of a table, whose last cell is `` `path` title ``: ` › ` stands between the names of a `describe` and of its test. */
export function claimOf(row: string): Claim {
  const cells = row.split(/ *\| */).slice(1, -1);
  const [, spec = '', title = ''] = /^`([^`]+)` (.+)$/.exec(cells.pop() ?? '') ?? [];
  return { cells, spec, title };
}

const exists = (path: string) => existsSync(`${root}/${path}`);

/** Those whose last cell is no test. */
export const withoutTest = (claims: readonly Claim[]): Claim[] =>
  claims.filter(({ spec, title }) => !spec.endsWith('.spec.ts') || title === '');

/** Spec files that a page names and that are not there. */
export const missingFiles = (page: string): string[] =>
  [...page.matchAll(/[\w./-]+\.spec\.ts/g)].map(([path]) => path).filter((path) => !exists(path));

/** Those whose test is not in its file. */
export const missingTests = (claims: readonly Claim[]): Claim[] =>
  claims.filter(
    ({ spec, title }) => exists(spec) && !title.split(' › ').every((name) => isIn(read(spec), name)),
  );

const isIn = (text: string, name: string): boolean =>
  ["'", '"', '`'].some((quote) => text.includes(`${quote}${name}${quote}`));
