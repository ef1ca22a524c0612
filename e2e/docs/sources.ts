import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');

/** The product's own TypeScript, without tests, as one text a file. */
export const sources = (): { path: string; text: string }[] =>
  globSync(['{contracts,platform}/src/**/*.ts', 'services/*/src/**/*.ts'], { cwd: root })
    .filter((path) => !path.endsWith('.spec.ts') && !path.includes('test-kit'))
    .map((path) => ({ path, text: read(path) }));
