import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { cloneRoot, makeStateDirectory } from '../clone-paths.mjs';
import { describe } from '../explained-error.mjs';
import { gatewayUrl } from '../settings/gateway-url.mjs';
import { ensureToolchain } from '../toolchain/toolchain.mjs';
import { installWorkspace } from '../toolchain/workspace-install.mjs';

/** The operators' command line, on the toolchain of the clone: it is not compiled, so there is nothing to build. */
try {
  makeStateDirectory();
  const toolchain = await ensureToolchain(() => undefined);
  await installWorkspace(toolchain);
  // What it imports of the workspace is taken as source, too.
  const command = [
    '--conditions=undertone-source',
    join(cloneRoot, 'ops/src/main.ts'),
    ...process.argv.slice(2),
  ];
  const child = spawn('node', command, {
    env: /** @type {NodeJS.ProcessEnv} */ ({ ...toolchain.env, UNDERTONE_URL: gatewayUrl() }),
    stdio: 'inherit',
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill(signal));
  child.once('exit', (code) => process.exit(code ?? 1));
} catch (error) {
  console.error(`\n${describe(error)}\n`);
  process.exit(1);
}
