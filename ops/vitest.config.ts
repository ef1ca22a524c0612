import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [{ test: { name: 'integration', include: ['test/**/*.spec.ts'], testTimeout: 30_000 } }],
  },
});
