import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock without an owner's name is one whose owner died between making and signing it. */
const UNSIGNED_MS = 10_000;

/**
 * Runs `work` while holding the lock folder `path`; others, also in other processes, wait. A lock whose owner is gone
 * is taken over. Making a folder is the one step that every file system does atomically.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  await mkdir(dirname(path), { recursive: true });
  while (!(await acquire(path))) {
    if (await abandoned(path)) {
      await takeAway(path);
    } else {
      await sleep(100);
    }
  }
  try {
    return await work();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/** @param {string} path */
async function acquire(path) {
  try {
    await mkdir(path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
  await writeFile(join(path, 'pid'), String(process.pid));
  return true;
}

/** @param {string} path */
async function abandoned(path) {
  const owner = await readFile(join(path, 'pid'), 'utf8').catch(() => '');
  if (owner !== '') {
    return !isAlive(Number(owner));
  }
  const made = await stat(path).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs > UNSIGNED_MS;
}

/**
 * Two who find the same abandoned lock must not both remove it: the second would remove the first one's new lock. So
 * the removal is itself done under a lock, and looks again first.
 *
 * @param {string} path
 */
async function takeAway(path) {
  const removal = `${path}.removal`;
  try {
    await mkdir(removal);
  } catch {
    const made = await stat(removal).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > UNSIGNED_MS) {
      await rm(removal, { recursive: true, force: true });
    }
    await sleep(50);
    return;
  }
  if (await abandoned(path)) {
    const grave = `${path}.${process.pid}.old`;
    await rename(path, grave).catch(() => undefined);
    await rm(grave, { recursive: true, force: true });
  }
  await rm(removal, { recursive: true, force: true });
}

/**
 * Whether a process of that id exists; one that belongs to another user does.
 *
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
