import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's root, without a trailing slash. */
export const cloneRoot = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** Everything the scripts keep is below this one folder, so that deleting it undoes them. */
export const stateDirectory = join(cloneRoot, '.undertone');

export const toolchainDirectory = join(stateDirectory, 'toolchain');
export const dataDirectory = join(stateDirectory, 'data');
export const logsDirectory = join(stateDirectory, 'logs');
export const runDirectory = join(stateDirectory, 'run');
export const secretsFile = join(stateDirectory, 'secrets.json');
/** Whom the installation erased, by pseudonym. */
export const erasuresFile = join(stateDirectory, 'erasures.jsonl');

/** Makes the folder, ignored by git even where the clone's own `.gitignore` was changed. */
export function makeStateDirectory() {
  for (const directory of [toolchainDirectory, dataDirectory, logsDirectory, runDirectory]) {
    mkdirSync(directory, { recursive: true });
  }
  const ignore = join(stateDirectory, '.gitignore');
  if (!existsSync(ignore)) {
    writeFileSync(ignore, '*\n');
  }
}

/**
 * A short name for a path, for what has to be named outside the path itself (containers, relocated folders).
 *
 * @param {string} path
 */
export function pathHash(path) {
  return createHash('sha256').update(path).digest('hex').slice(0, 12);
}

/**
 * Where something belongs that another user of this machine has to reach although `path` is closed to them.
 *
 * @param {string} path
 */
export function relocated(path) {
  const base = process.platform === 'win32' ? tmpdir() : '/var/tmp';
  return join(base, `undertone-${pathHash(path)}`);
}
