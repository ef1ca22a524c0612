import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['undertone-source'] },
  ssr: { resolve: { conditions: ['undertone-source'] } },
  test: { include: ['src/**/*.spec.ts', 'test/**/*.spec.ts'], testTimeout: 30_000 },
});
