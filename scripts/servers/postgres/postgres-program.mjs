import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { relocated, toolchainDirectory } from '../../clone-paths.mjs';
import { ExplainedError } from '../../explained-error.mjs';
import { withLock } from '../../processes/lock.mjs';
import { fromArchive } from '../sources/archive.mjs';
import { ensureImage } from '../sources/docker.mjs';
import { findOnPath, postgresFolders } from '../sources/on-path.mjs';
import { findSource, sourceOrder } from '../sources/source-order.mjs';
import { MINIMUM } from '../sources/versions.mjs';
import { postgresFromNpm } from './npm-postgres.mjs';
import { canReach, giveTo, refuseForeign } from './unprivileged-user.mjs';

export const IMAGE = 'postgres:18';

/**
 * @typedef {object} PostgresProgram
 * @property {string} command
 * @property {string} major
 * @property {string} source
 * @property {boolean} inContainer
 * @property {string} [root] the folder below `.undertone` that holds all of it
 * @property {NodeJS.ProcessEnv} [env]
 */

/**
 * Finds or fetches Postgres without starting it.
 *
 * @param {object} [options]
 * @param {(text: string) => void} [options.log]
 * @param {Record<string, string | undefined>} [options.env]
 * @returns {Promise<PostgresProgram>}
 */
export function preparePostgres({ log = () => undefined, env = process.env } = {}) {
  /** @type {Partial<Record<import('../sources/source-order.mjs').Source, () => Promise<PostgresProgram>>>} */
  const sources = {
    path: async () => {
      const { program, version } = await findOnPath('postgres', 'postgres', postgresFolders());
      return native(program, version, `${program} ${version}`);
    },
    npm: async () => {
      const { program, version } = await postgresFromNpm(log);
      return native(program, version, `the npm package, ${version}`, dirname(dirname(program)));
    },
    docker: async () => {
      await ensureImage(IMAGE, log);
      const major = MINIMUM.postgres;
      return { command: 'docker', major, source: `the Docker image ${IMAGE}`, inContainer: true };
    },
    archive: async () => {
      const folder = `usr/lib/postgresql/${MINIMUM.postgres}/bin`;
      const { program, version, suite, libraryPath } = await fromArchive({
        name: `postgresql-${MINIMUM.postgres}`,
        program: `${folder}/postgres`,
        minimum: MINIMUM.postgres,
        log,
      });
      const root = program.slice(0, -`/${folder}/postgres`.length);
      const found = native(program, version, `the archive's ${suite}, ${version}`, root);
      return { ...found, env: { ...process.env, LD_LIBRARY_PATH: libraryPath } };
    },
  };
  return findSource({
    server: 'postgres',
    setting: 'DATABASE_URL',
    order: sourceOrder(env.SERVERS_FROM),
    log,
    sources,
  });
}

/**
 * @param {string} command
 * @param {string} version
 * @param {string} source
 * @param {string} [root]
 * @returns {PostgresProgram}
 */
function native(command, version, source, root) {
  return { command, major: version.split('.')[0] ?? version, source, root, inContainer: false };
}

/**
 * The program where its user can reach it: a copy, made once, when the clone lies in a folder that is closed to others.
 *
 * @param {PostgresProgram} program
 * @param {import('./unprivileged-user.mjs').User | undefined} user
 * @param {(text: string) => void} log
 * @returns {Promise<PostgresProgram>}
 */
export async function reachable(program, user, log) {
  const { command, root, env } = program;
  if (user === undefined || canReach(user, command)) {
    return program;
  }
  if (root === undefined) {
    throw new ExplainedError(
      `The user ${user.name}, as whom Postgres has to run, cannot reach ${command}. ` +
        'Set SERVERS_FROM=npm,docker to take Postgres from elsewhere.',
    );
  }
  const home = relocated(toolchainDirectory);
  const copy = join(home, 'postgres');
  refuseForeign(user, home);
  await mkdir(home, { recursive: true });
  await chmod(home, 0o755);
  await withLock(`${copy}.lock`, async () => {
    if (!existsSync(join(copy, 'ready'))) {
      log(`the user ${user.name} cannot reach ${root}; copying Postgres to ${copy}`);
      await rm(copy, { recursive: true, force: true });
      await cp(root, copy, { recursive: true, verbatimSymlinks: true });
      await giveTo(user, copy);
      await writeFile(join(copy, 'ready'), '');
    }
  });
  const moved = (/** @type {string} */ text) => text.replaceAll(root, copy);
  const libraries = env?.LD_LIBRARY_PATH;
  return {
    ...program,
    command: moved(command),
    ...(libraries !== undefined && { env: { ...env, LD_LIBRARY_PATH: moved(libraries) } }),
  };
}
