import { defineConfig } from 'vitest/config';
import { source } from '../vitest.projects.js';

export default defineConfig({
  ...source,
  test: {
    include: ['*.bench.ts'],
    globalSetup: '../platform/src/test-kit/global-setup.ts',
    testTimeout: 900_000,
    hookTimeout: 120_000,
    // One at a time: each measures the whole machine.
    fileParallelism: false,
    reporters: ['dot'],
    disableConsoleIntercept: true,
  },
});
