import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { relocated } from '../../clone-paths.mjs';
import { ExplainedError } from '../../explained-error.mjs';
import { runQuietly } from '../../processes/run-quietly.mjs';
import { canPass, giveTo, refuseForeign } from './unprivileged-user.mjs';

/** @typedef {import('./unprivileged-user.mjs').User} User */

/** Sorting by code point is the same on every machine, whatever locales it has. */
export const LOCALE = [
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];

/**
 * Where a server's folder really is: elsewhere when the user it runs as cannot get to the wanted place, such as a
 * clone in root's home.
 *
 * @param {string} directory
 * @param {User | undefined} user
 */
export function dataLocation(directory, user) {
  if (user === undefined) {
    return directory;
  }
  let parent = dirname(directory);
  while (!existsSync(parent)) {
    parent = dirname(parent);
  }
  if (canPass(user, parent)) {
    return directory;
  }
  const elsewhere = relocated(directory);
  refuseForeign(user, elsewhere);
  return elsewhere;
}

/**
 * The administrator's password of a data folder, kept beside it for those who do not bring one.
 *
 * @param {string} directory
 */
export async function rememberedPassword(directory) {
  const file = join(directory, 'password');
  if (!existsSync(file)) {
    await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
}

/**
 * The major version that made the data in a folder, if any is there: no other can read it.
 *
 * @param {string} directory
 */
export function dataVersion(directory) {
  const file = join(directory, 'data', 'PG_VERSION');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/**
 * The process that serves the data in a folder.
 *
 * @param {string} directory
 */
export async function clusterPid(directory) {
  const text = await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  return Number(text.split('\n')[0]);
}

/**
 * Makes an empty cluster in `directory/data`, unless there is one. It is made beside and renamed, so that one that was
 * interrupted is not taken for a whole one.
 *
 * @param {object} options
 * @param {string} options.initdb
 * @param {NodeJS.ProcessEnv | undefined} options.env
 * @param {string} options.directory
 * @param {string} options.password
 * @param {boolean} options.durable
 * @param {User | undefined} options.user
 */
export async function ensureCluster({ initdb, env, directory, password, durable, user }) {
  const data = join(directory, 'data');
  if (dataVersion(directory) !== undefined) {
    if (user !== undefined && (await stat(data)).uid !== user.uid) {
      await giveTo(user, data);
    }
    return;
  }
  const fresh = join(directory, 'data.new');
  const passwordFile = join(directory, 'password.new');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) {
    await chown(fresh, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  const { code, stderr } = await runQuietly(
    initdb,
    [
      ...['-D', fresh, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...LOCALE,
      ...(durable ? [] : ['--no-sync']),
    ],
    { cwd: directory, env, ...(user && { uid: user.uid, gid: user.gid }) },
  );
  await rm(passwordFile, { force: true });
  if (code !== 0) {
    throw new ExplainedError(`Postgres could not make its data folder ${data}:\n${stderr.trim()}`);
  }
  // In a container the same data is reached from another address; every address needs the password.
  await appendFile(join(fresh, 'pg_hba.conf'), 'host all all all scram-sha-256\n');
  await rm(data, { recursive: true, force: true });
  await rename(fresh, data);
}
