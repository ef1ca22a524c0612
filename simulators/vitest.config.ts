import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { name: 'simulators', include: ['src/**/*.spec.ts', 'test/**/*.spec.ts'] },
});
