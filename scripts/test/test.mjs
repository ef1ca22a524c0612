import { makeStateDirectory } from '../clone-paths.mjs';
import { describe } from '../explained-error.mjs';
import { createProgress } from '../progress.mjs';
import { prepareNats } from '../servers/nats.mjs';
import { preparePostgres } from '../servers/postgres/postgres.mjs';
import { prepareRedis } from '../servers/redis.mjs';
import { dockerEngine } from '../servers/sources/docker.mjs';
import { ensureToolchain } from '../toolchain/toolchain.mjs';
import { installWorkspace, QUIET } from '../toolchain/workspace-install.mjs';
import { phasesOf } from './phases.mjs';
import { runTurbo } from './run-turbo.mjs';
import { soakMutations } from './soak-mutations.mjs';
import { soakSettings } from './soak-settings.mjs';
import { createTaskOutput } from './task-output.mjs';
import { readTaskResults } from './task-results.mjs';

/** Asked for by name alone; other words beside one of them say which of its files. */
const BY_NAME = ['bench', 'soak'];
/** What the soak has beside files. */
const MUTATION = 'mutation';
/** A task that took as long is named at the end, with its time. */
const SHOWN_SECONDS = 10;
const TASKS = ['format:check', 'lint', 'typecheck', 'build', 'unit', 'integration', 'e2e'];

const HELP = `npm test                                           checks and tests everything
npm test -- unit                                   one task, in every package
npm test -- unit --filter=@undertone/contracts     one task, in one package
npm run soak                                       the long tests in full size, and mutations
npm run soak -- crashes                            one of them
npm run soak -- mutation                           mutations alone
npm run soak -- jobs --jobs 20000 --seed a         jobs of every kind, while workers are killed and servers restart
npm run soak -- jobs --resume                      the same, going on where it was cut off
npm run bench -- import-history                    one of the measurements
npm test -- --help

The tasks are ${TASKS.join(', ')}; and by name alone soak and bench. Words that begin with a dash go to turbo as they are.
Tests take Postgres, Redis and NATS from Docker where an engine answers, else as npm start does.
`;

const { settings, rest: args } = soakSettings(process.argv.slice(2));
const progress = createProgress();
const flags = args.filter((word) => word.startsWith('-'));
const named = args
  .filter((word) => !word.startsWith('-'))
  .map((word) => (word === 'format' ? 'format:check' : word));
const strange = named.filter((word) => !BY_NAME.includes(word) && !TASKS.includes(word));
const chosen = named.some((word) => BY_NAME.includes(word)) ? strange : [];
const mutates = named.includes('soak') && (chosen.length === 0 || chosen.includes(MUTATION));
const files = chosen.filter((word) => !mutates || word !== MUTATION);
const unknown = strange.filter((word) => !chosen.includes(word));
const isMutationAlone = mutates && chosen.length > 0 && files.length === 0;
const wanted = isMutationAlone ? named.filter((word) => word !== 'soak') : named;
const tasks = named.length > 0 ? wanted.filter((word) => !strange.includes(word)) : TASKS;

if (flags.includes('--help') || unknown.length > 0) {
  progress.plain(unknown.length > 0 ? `Unknown: ${unknown.join(' ')}\n\n${HELP}` : HELP);
  process.exit(unknown.length > 0 ? 2 : 0);
}

try {
  process.exit(await test());
} catch (error) {
  progress.plain(`\n${describe(error)}\n`);
  process.exit(1);
}

/** @returns {Promise<number>} the exit code */
async function test() {
  makeStateDirectory();
  const toolchain = await ensureToolchain((text) => progress.step('toolchain', text));
  progress.step('toolchain', toolchain.description);
  progress.step('install', (await installWorkspace(toolchain)) ? 'done' : 'nothing has changed');
  if (tasks.some((task) => task === 'integration' || task === 'e2e' || BY_NAME.includes(task))) {
    await prepareServers(process.env);
  }
  const started = Date.now();
  const { NODE_ENV: _, ...rest } = toolchain.env;
  const env = { ...rest, ...settings, ...QUIET, ...(process.stdout.isTTY && { FORCE_COLOR: '1' }) };
  const given = flags.filter((flag) => flag !== '--');
  if (!given.some((flag) => flag.startsWith('--concurrency'))) given.push('--concurrency=100%');
  if (files.length > 0) given.push('--', ...files);
  const output = createTaskOutput();
  let code = 0;
  for (const [at, phase] of (tasks.length > 0 ? phasesOf(tasks) : []).entries()) {
    // What the first phase built anew is not built once more by two turbos at once.
    const more = at === 0 ? given : given.filter((flag) => flag !== '--force');
    const turbos = phase.map((together) => {
      const words = [...together, '--continue=dependencies-successful', '--summarize', ...more];
      return runTurbo(toolchain.pnpm, words, env, output.keep);
    });
    code = Math.max(code, ...(await Promise.all(turbos)));
  }
  const results = readTaskResults(started);
  showTimes(results);
  const soaked = results.filter(({ id }) => files.length > 0 && id.endsWith('#soak'));
  if (code === 0 && soaked.length > 0 && soaked.every(({ id }) => output.says(id, 'No test files found'))) {
    progress.plain(`\nNothing in the soak is called ${files.join(' or ')}.`);
    code = 1;
  }
  const mutations = mutates ? await soakMutations(env) : [];
  const failed = results.filter(({ passed }) => !passed);
  const names = failed.map(({ id, seconds }) => (seconds === undefined ? `${id} (not run)` : id));
  if (failed.length > 0) progress.plain('\nWhat failed');
  for (const [at, { id }] of failed.entries()) progress.plain(`\n${names[at]}\n${output.whyOf(id)}`);
  const all = [...names, ...mutations.filter(({ passed }) => !passed).map(({ id }) => id)];
  if (all.length > 0) progress.plain(`\nfailed: ${all.join(', ')}`);
  progress.plain(`\n${results.length + mutations.length - all.length} passed, ${all.length} failed`);
  return code || (all.length > 0 ? 1 : 0);
}

/** @param {readonly import('./task-results.mjs').TaskResult[]} results */
function showTimes(results) {
  const long = results.flatMap(({ id, seconds = 0 }) => (seconds < SHOWN_SECONDS ? [] : [{ id, seconds }]));
  if (long.length > 0) progress.plain('\nWhat took long');
  for (const { id, seconds } of long.sort((a, b) => b.seconds - a.seconds)) {
    progress.plain(`${seconds.toFixed(0).padStart(6)}s  ${id}`);
  }
}

/**
 * Fetches the servers before the tests need them, so that no test's time goes into a download.
 *
 * @param {Record<string, string | undefined>} env
 */
async function prepareServers(env) {
  if ((await dockerEngine()) !== undefined) {
    progress.step('servers', 'from Docker');
    return;
  }
  const servers = { postgres: preparePostgres, redis: prepareRedis, nats: prepareNats };
  const settings = { postgres: env.DATABASE_URL, redis: env.REDIS_URL, nats: env.NATS_URL };
  for (const name of /** @type {const} */ (['postgres', 'redis', 'nats'])) {
    if (!settings[name]) {
      const { source } = await servers[name]({ log: (text) => progress.step(name, text), env });
      progress.step(name, `from ${source}`);
    }
  }
}
