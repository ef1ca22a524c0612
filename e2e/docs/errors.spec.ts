import { expect, it } from 'vitest';
import { read, sources } from './sources.js';

const CODE = '([A-Z]{3,}(?:_[A-Z]+)*)';

/** The forms in which the code names an error: a class's own, an object's, and the first argument of the others. */
const forms = [
  new RegExp(`code = '${CODE}'`, 'g'),
  new RegExp(`code: '${CODE}'`, 'g'),
  new RegExp(`(?:super|JobError|Refused|notFound|unavailable)\\(\\s*'${CODE}'`, 'g'),
  new RegExp(`HttpProblem\\(\\s*\\w+,\\s*'${CODE}'`, 'g'),
];

const inCode = new Set(
  sources().flatMap(({ text }) =>
    forms.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? '')),
  ),
);
const inPage = new Set(
  [...read('docs/errors.md').matchAll(/^\| (`.+?`) +\|/gm)].flatMap((row) =>
    [...(row[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map((match) => match[1] ?? ''),
  ),
);

it('has a line for every error code', () => {
  expect([...inCode].filter((code) => !inPage.has(code)).sort()).toEqual([]);
});

it('has no line for a code that is gone', () => {
  expect([...inPage].filter((code) => !inCode.has(code)).sort()).toEqual([]);
});
