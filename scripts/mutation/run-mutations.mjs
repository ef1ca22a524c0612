import { existsSync, globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Stryker } from '@stryker-mutator/core';
import { cloneRoot } from '../clone-paths.mjs';

const HELP = `npm run mutation -- platform                  a package
npm run mutation -- ingestion moods/          the files of it whose paths have one of these words

It changes the code in small ways and says which changes no unit test notices. MUTATION_CONCURRENCY says how many at a time.
`;

const [name, ...words] = process.argv.slice(2);
const folder = [`services/${name}`, `${name}`].find((path) => existsSync(`${cloneRoot}/${path}/src`));
if (!name || !folder) {
  console.log(HELP);
  process.exit(2);
}
process.chdir(cloneRoot);
// Read by the configuration of vitest.
process.env.MUTATED_PACKAGE = folder;

// What has a spec beside it: the rest is tested on servers, where a thousand changes would take a day.
const mutate = globSync(`${folder}/src/**/*.spec.ts`)
  .map((spec) => spec.replace('.spec.ts', '.ts'))
  .filter((file) => existsSync(file) && !file.includes('/test-kit/'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));

const report = `.undertone/mutation/${name}`;
await new Stryker({
  mutate,
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'scripts/mutation/vitest.config.ts' },
  ignorePatterns: ['.undertone', '.turbo', '**/dist', '**/generated', 'bench', 'e2e'],
  tempDirName: '.undertone/mutated',
  // What runs when a file is loaded would need all tests again, each in a new process.
  ignoreStatic: true,
  // A change is tried again only where the code or its tests are not as they were.
  incremental: true,
  incrementalFile: `${report}.incremental.json`,
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? availableParallelism()),
  reporters: ['clear-text', 'html'],
  // Read by the soak alone; elsewhere a score is something to read.
  thresholds: { high: 95, low: 85, break: Number(process.env.MUTATION_AT_LEAST) || null },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: `${report}.html` },
}).runMutationTest();
