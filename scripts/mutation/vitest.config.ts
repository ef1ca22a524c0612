import { defineConfig } from 'vitest/config';
import { source } from '../../vitest.projects.js';

/** The unit tests of one package alone: the mutation tester cannot choose among a package's projects. */
export default defineConfig({
  ...source,
  test: { include: [`${process.env.MUTATED_PACKAGE}/src/**/*.spec.ts`], testTimeout: 30_000 },
});
