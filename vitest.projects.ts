import { availableParallelism } from 'node:os';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * Workspace packages are taken as source, so that a test never runs an old build. The condition has a name of its own:
 * packages from npm ship a `source` that is not to be run.
 */
export const source = {
  resolve: { conditions: ['undertone-source'] },
  ssr: { resolve: { conditions: ['undertone-source', 'node', 'development|production'] } },
};

/** What `npm run soak` runs of a package, beside which files. */
export const soakProject = {
  name: 'soak',
  env: { SOAK: '1' },
  testTimeout: 180_000,
  hookTimeout: 120_000,
  fileParallelism: false,
  disableConsoleIntercept: true,
};

/** Files at once, two also on two cores: tests on real servers wait for most of their time. */
export const maxWorkers = Math.max(2, availableParallelism() - 1);

/**
 * The kinds of tests of a package: `*.spec.ts` beside the code needs nothing, `test/*.spec.ts` runs on real servers,
 * which the set-up file starts.
 *
 * @param soak the files that `npm run soak` runs in full, one after another; `npm test` runs them smaller
 * @param isolate false where no spec changes its process (globals, the environment, what it imports): the files that run one
 *   after another then share a process and what they load, which is half of the work of a short one
 */
export function projects(
  globalSetup: string,
  soak: readonly string[] = [],
  { isolate = true }: { readonly isolate?: boolean } = {},
): ViteUserConfig {
  return defineConfig({
    test: {
      maxWorkers,
      projects: [
        { ...source, test: { name: 'unit', include: ['src/**/*.spec.ts'], testTimeout: 30_000, isolate } },
        {
          ...source,
          test: {
            name: 'integration',
            include: ['test/**/*.spec.ts'],
            globalSetup,
            isolate,
            testTimeout: 60_000,
            hookTimeout: 90_000,
          },
        },
        { ...source, test: { ...soakProject, include: [...soak], globalSetup } },
      ],
    },
  });
}
