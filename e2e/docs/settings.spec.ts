import { expect, it } from 'vitest';
import { read, sources } from './sources.js';

/** Settings as the services' schemas name them. */
const inCode = new Set(
  sources()
    .filter(({ path }) => /settings\.ts$/.test(path))
    .flatMap(({ text }) => [...text.matchAll(/^ {2,6}([A-Z][A-Z_]+):/gm)].map((match) => match[1] ?? '')),
);
const inExample = new Set(
  [...read('.env.example').matchAll(/^#? ?([A-Z][A-Z_]+)=/gm)].map((match) => match[1] ?? ''),
);

it('names every setting of every service in .env.example', () => {
  expect([...inCode].filter((setting) => !inExample.has(setting)).sort()).toEqual([]);
});
