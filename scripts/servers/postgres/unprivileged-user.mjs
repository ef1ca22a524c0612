import { lstatSync, readFileSync, statSync } from 'node:fs';
import { chown, lchown, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExplainedError } from '../../explained-error.mjs';

/** @typedef {{ name: string, uid: number, gid: number }} User */

/**
 * Postgres refuses to run as root: whom it runs as there. Nobody else is needed when this is not root.
 *
 * @returns {User | undefined}
 */
export function unprivilegedUser() {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = lines.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (name !== undefined) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new ExplainedError(
    'Postgres does not run as root, and there is no user postgres or nobody to run it as. ' +
      'Start this as another user, or set DATABASE_URL to a running Postgres 18.',
  );
}

/**
 * Whether a user may pass through a folder and every one above it.
 *
 * @param {User} user
 * @param {string} folder
 * @returns {boolean}
 */
export function canPass(user, folder) {
  const parent = dirname(folder);
  return has(user, folder, 0o1) && (parent === folder || canPass(user, parent));
}

/**
 * Whether a user gets to a file and may read it.
 *
 * @param {User} user
 * @param {string} path
 */
export function canReach(user, path) {
  return canPass(user, dirname(path)) && has(user, path, 0o4);
}

/**
 * @param {User} user
 * @param {string} path
 * @param {number} right 4 to read, 1 to pass through
 */
function has({ uid, gid }, path, right) {
  const stats = statSync(path);
  const shift = stats.uid === uid ? 6 : stats.gid === gid ? 3 : 0;
  return ((stats.mode >> shift) & right) === right;
}

/**
 * Folders in a place that is open to all could have been made by anyone, before this asks for them.
 *
 * @param {User} user
 * @param {string} folder
 * @throws {ExplainedError} when it belongs to neither root nor that user
 */
export function refuseForeign(user, folder) {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats !== undefined && (!stats.isDirectory() || ![0, user.uid].includes(stats.uid))) {
    throw new ExplainedError(`${folder} belongs to someone else. Look at it, and remove it to go on.`);
  }
}

/**
 * Gives a folder and all below it to a user.
 *
 * @param {User} user
 * @param {string} folder
 */
export async function giveTo({ uid, gid }, folder) {
  await chown(folder, uid, gid);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await giveTo({ name: '', uid, gid }, path);
    } else {
      await lchown(path, uid, gid);
    }
  }
}
