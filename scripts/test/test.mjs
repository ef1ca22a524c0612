import { spawn } from 'node:child_process';
import { cloneRoot, makeStateDirectory } from '../clone-paths.mjs';
import { describe } from '../explained-error.mjs';
import { createProgress } from '../progress.mjs';
import { prepareNats } from '../servers/nats.mjs';
import { preparePostgres } from '../servers/postgres/postgres.mjs';
import { prepareRedis } from '../servers/redis.mjs';
import { dockerEngine } from '../servers/sources/docker.mjs';
import { ensureToolchain } from '../toolchain/toolchain.mjs';
import { installWorkspace, QUIET } from '../toolchain/workspace-install.mjs';
import { createTaskOutput } from './task-output.mjs';
import { readTaskResults } from './task-results.mjs';

/** Asked for by name alone; other words beside one of them say which of its files. */
const BY_NAME = ['bench', 'soak'];
const LAST_WORDS_MS = 300;
const TASKS = ['format:check', 'lint', 'typecheck', 'build', 'unit', 'integration', 'e2e'];

const HELP = `npm test                                           checks and tests everything
npm test -- unit                                   one task, in every package
npm test -- unit --filter=@undertone/contracts     one task, in one package
npm run soak                                       the long tests in full size
npm run soak -- crashes                            one of them
npm run bench -- import-history                    one of the measurements
npm test -- --help

The tasks are ${TASKS.join(', ')}; and by name alone soak and bench. Words that begin with a dash go to turbo as they are.
Tests take Postgres, Redis and NATS from Docker where an engine answers, else as npm start does.
`;

const args = process.argv.slice(2);
const progress = createProgress();
const flags = args.filter((word) => word.startsWith('-'));
const named = args
  .filter((word) => !word.startsWith('-'))
  .map((word) => (word === 'format' ? 'format:check' : word));
const strange = named.filter((word) => !BY_NAME.includes(word) && !TASKS.includes(word));
const files = named.some((word) => BY_NAME.includes(word)) ? strange : [];
const unknown = strange.filter((word) => !files.includes(word));
const tasks = named.length > 0 ? named.filter((word) => !strange.includes(word)) : TASKS;

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
  const concurrency = flags.some((flag) => flag.startsWith('--concurrency')) ? [] : ['--concurrency=100%'];
  const turbo = [
    'turbo',
    'run',
    ...tasks,
    '--continue=dependencies-successful',
    '--summarize',
    ...concurrency,
  ];
  const chosen = files.length > 0 ? ['--', ...files] : [];
  const output = createTaskOutput();
  const code = await runInForeground(
    toolchain.pnpm,
    [...turbo, ...flags.filter((flag) => flag !== '--'), ...chosen],
    {
      ...rest,
      ...QUIET,
      ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
    },
    output,
  );
  const { passed, failed } = readTaskResults(started);
  if (failed.length > 0) progress.plain('\nWhat failed');
  for (const id of failed) progress.plain(`\n${id}\n${output.whyOf(id)}`);
  if (failed.length > 0) progress.plain(`\nfailed: ${failed.join(', ')}`);
  progress.plain(`\n${passed.length} passed, ${failed.length} failed`);
  return code || (failed.length > 0 ? 1 : 0);
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

/**
 * @param {string} command
 * @param {string[]} words
 * @param {Record<string, string | undefined>} env
 * @param {ReturnType<typeof createTaskOutput>} output is given what it says, which is shown as well
 * @returns {Promise<number>}
 */
function runInForeground(command, words, env, output) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      cwd: cloneRoot,
      env: /** @type {NodeJS.ProcessEnv} */ (env),
      stdio: ['inherit', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
      process.on(signal, () => child.kill(signal));
    }
    for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
      child[stream].setEncoding('utf8').on('data', output.listener()).pipe(process[stream], { end: false });
    }
    child.once('error', reject);
    // Not `close`: something that outlives the tests may hold the pipe.
    child.once('exit', (code) => setTimeout(resolve, LAST_WORDS_MS, code ?? 1));
  });
}
