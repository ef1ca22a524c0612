import { spawn } from 'node:child_process';
import { makeStateDirectory } from '../clone-paths.mjs';
import { describe } from '../explained-error.mjs';
import { ensureToolchain } from './toolchain.mjs';
import { installWorkspace } from './workspace-install.mjs';

/**
 * Runs a program on the clone's own Node, with the workspace's packages installed, and ends as it ends.
 *
 * @param {string[]} args of `node`
 * @param {(toolchain: import('./toolchain.mjs').Toolchain) => Record<string, string | undefined>} [environment] what the
 *   program is given beside the toolchain's
 */
export async function runNode(args, environment = () => ({})) {
  try {
    makeStateDirectory();
    const toolchain = await ensureToolchain(() => undefined);
    await installWorkspace(toolchain);
    const child = spawn('node', args, {
      env: /** @type {NodeJS.ProcessEnv} */ ({ ...toolchain.env, ...environment(toolchain) }),
      stdio: 'inherit',
    });
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
      process.on(signal, () => child.kill(signal));
    child.once('exit', (code) => process.exit(code ?? 1));
  } catch (error) {
    console.error(`\n${describe(error)}\n`);
    process.exit(1);
  }
}
