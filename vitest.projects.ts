import { defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * Workspace packages are taken as source, so that a test never runs an old build. The condition has a name of its own:
 * packages from npm ship a `source` that is not to be run.
 */
export const source = {
  resolve: { conditions: ['undertone-source'] },
  ssr: { resolve: { conditions: ['undertone-source', 'node', 'development|production'] } },
};

/**
 * The two kinds of tests of a package: `*.spec.ts` beside the code needs nothing, `test/*.spec.ts` runs on real
 * servers, which the set-up file starts.
 */
export function projects(globalSetup: string): ViteUserConfig {
  return defineConfig({
    test: {
      projects: [
        { ...source, test: { name: 'unit', include: ['src/**/*.spec.ts'], testTimeout: 30_000 } },
        {
          ...source,
          test: {
            name: 'integration',
            include: ['test/**/*.spec.ts'],
            globalSetup,
            testTimeout: 60_000,
            hookTimeout: 90_000,
          },
        },
      ],
    },
  });
}
