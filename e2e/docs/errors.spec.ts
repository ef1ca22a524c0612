import { type ProblemKind, problems } from '@undertone/contracts/problems';
import { describe, expect, it } from 'vitest';
import { read, sources } from './sources.js';

const CODE = '([A-Z]{3,}(?:_[A-Z]+)*)';

/** The forms in which the code names an error: a class's own, an object's, and the first argument of the others. */
const forms = [
  new RegExp(`code = '${CODE}'`, 'g'),
  new RegExp(`code: '${CODE}'`, 'g'),
  new RegExp(`(?:super|JobError|Refused|Rejected|HttpProblem|unavailable)\\(\\s*'${CODE}'`, 'g'),
];

const registry = Object.entries<ProblemKind>(problems);
const thrown = new Set(
  sources().flatMap(({ text }) =>
    forms.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? '')),
  ),
);
const inCode = new Set([...thrown, ...registry.map(([code]) => code)]);

const page = read('docs/errors.md');
const codesOf = (text: string): string[] =>
  [...text.matchAll(/^\| (`.+?`) +\|/gm)].flatMap((row) =>
    [...(row[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map((match) => match[1] ?? ''),
  );
const inPage = new Set(codesOf(page));

describe('docs/errors.md', () => {
  it('has a line for every error code', () => {
    expect([...inCode].filter((code) => !inPage.has(code)).sort()).toEqual([]);
  });

  it('has no line for a code that is gone', () => {
    expect([...inPage].filter((code) => !inCode.has(code)).sort()).toEqual([]);
  });

  it('says the status that each code has', () => {
    const said = [...page.matchAll(/^\| (`.+?`) +\| (\d{3}) +\|/gm)].flatMap(([, codes = '', status]) =>
      [...codes.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => [code, Number(status)]),
    );
    const declared = new Map(registry.map(([code, { status }]) => [code, status]));
    expect(said.length).toBeGreaterThan(30);
    expect(said).toEqual(said.map(([code]) => [code, declared.get(String(code))]));
  });
});

it('declares no problem that nothing answers with', () => {
  const text = sources()
    .filter(({ path }) => !path.endsWith('src/problems.ts') && !path.endsWith('-routes.ts'))
    .map((source) => source.text)
    .join('\n');
  expect(registry.map(([code]) => code).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});
