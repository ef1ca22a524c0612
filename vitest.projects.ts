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
 * @param alone integration tests that do change it, for good, where the others share
 */
export function projects(
  globalSetup: string,
  soak: readonly string[] = [],
  { isolate = true, alone = [] }: { readonly isolate?: boolean; readonly alone?: readonly string[] } = {},
): ViteUserConfig {
  const integration = { globalSetup, testTimeout: 60_000, hookTimeout: 90_000 };
  return defineConfig({
    test: {
      maxWorkers,
      projects: [
        { ...source, test: { name: 'unit', include: ['src/**/*.spec.ts'], testTimeout: 30_000, isolate } },
        {
          ...source,
          test: {
            ...integration,
            name: 'integration',
            include: ['test/**/*.spec.ts'],
            exclude: [...alone],
            isolate,
          },
        },
        { ...source, test: { ...integration, name: 'integration-alone', include: [...alone] } },
        { ...source, test: { ...soakProject, include: [...soak], globalSetup } },
      ],
    },
  });
}
