import { defineConfig } from 'vitest/config';
import { source } from '../vitest.projects.js';

// The product runs as it is built; only the tests' own imports are taken as source.
export default defineConfig({
  test: {
    projects: [
      { ...source, test: { name: 'unit', include: ['{deploy,docs,scripts}/**/*.spec.ts'] } },
      {
        ...source,
        test: {
          name: 'e2e',
          include: ['test/**/*.spec.ts'],
          globalSetup: '../platform/src/test-kit/global-setup.ts',
          testTimeout: 180_000,
          hookTimeout: 120_000,
          // Each file runs six services on two cores.
          fileParallelism: false,
        },
      },
      {
        ...source,
        test: {
          name: 'release',
          include: ['releases/make.ts'],
          globalSetup: '../platform/src/test-kit/global-setup.ts',
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
