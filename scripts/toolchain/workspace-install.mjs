import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloneRoot, logsDirectory, runDirectory, stateDirectory } from '../clone-paths.mjs';
import { runToEnd } from '../processes/run-to-end.mjs';

/** What an install depends on. The packages' own manifests are in the lockfile. */
const INPUTS = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', '.npmrc'];

/**
 * Installs the workspace's dependencies, unless nothing they depend on has changed since the last time.
 *
 * @param {import('./toolchain.mjs').Toolchain} toolchain
 * @returns {Promise<boolean>} whether there was something to do
 */
export async function installWorkspace(toolchain) {
  const stamp = join(stateDirectory, 'installed');
  const wanted = fingerprint(toolchain.description);
  const done = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (done && existsSync(join(cloneRoot, 'node_modules', '.modules.yaml'))) {
    return false;
  }
  await pnpm(
    'install',
    toolchain,
    ['install', '--frozen-lockfile'],
    'Check that the npm registry can be reached (npm ping), then try again.',
  );
  writeFileSync(stamp, wanted);
  return true;
}

/**
 * Builds what has changed; turbo knows.
 *
 * @param {import('./toolchain.mjs').Toolchain} toolchain
 */
export async function buildWorkspace(toolchain) {
  await pnpm('build', toolchain, ['turbo', 'run', 'build', '--output-logs=new-only']);
}

/**
 * @param {string} name
 * @param {import('./toolchain.mjs').Toolchain} toolchain
 * @param {string[]} args
 * @param {string} [advice]
 */
function pnpm(name, { pnpm: command, env }, args, advice) {
  // In production mode the tools that build would be left out.
  const { NODE_ENV: _, ...rest } = env;
  return runToEnd(
    {
      name,
      command,
      args,
      cwd: cloneRoot,
      env: { ...rest, ...QUIET, CI: 'true' },
      logFile: join(logsDirectory, `${name}.log`),
      marker: command,
      recordIn: runDirectory,
    },
    advice,
  );
}

/** Nothing is sent anywhere, and no question asked, while the workspace is built or tested. */
export const QUIET = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' };

/** @param {string} tools */
function fingerprint(tools) {
  const hash = createHash('sha256').update(`${tools} ${process.platform} ${process.arch}`);
  for (const input of INPUTS) {
    const file = join(cloneRoot, input);
    hash.update(`${input}\0`).update(existsSync(file) ? readFileSync(file) : '');
  }
  return hash.digest('hex');
}
