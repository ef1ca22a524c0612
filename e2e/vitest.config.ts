import { defineConfig } from 'vitest/config';
import { maxWorkers, soakProject, source } from '../vitest.projects.js';

// The product runs as it is built; only the tests' own imports are taken as source.
const globalSetup = '../platform/src/test-kit/global-setup.ts';

export default defineConfig({
  test: {
    // Each file runs up to six services; most of the time they wait.
    maxWorkers,
    projects: [
      { ...source, test: { name: 'unit', include: ['{deploy,docs,scripts}/**/*.spec.ts'] } },
      {
        ...source,
        test: {
          name: 'e2e',
          include: ['test/**/*.spec.ts'],
          globalSetup,
          isolate: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...source,
        test: {
          ...soakProject,
          include: [
            ...['crashes', 'replay', 'scheduled-runs'].map((name) => `test/${name}.spec.ts`),
            'browser/browser.spec.ts',
            'faults/faults.spec.ts',
            'jobs/jobs.spec.ts',
            'odd-fields/odd-fields.spec.ts',
          ],
          globalSetup,
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
