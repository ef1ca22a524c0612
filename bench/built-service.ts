import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { freePort } from '@undertone/platform/test-kit/servers';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs a service as it is built, in a process of its own. @returns how to stop it. */
export async function startBuiltService(
  service: string,
  environment: Record<string, string>,
): Promise<() => Promise<void>> {
  const port = await freePort();
  const child = spawn(process.execPath, [`services/${service}/dist/src/main.js`], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...environment, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await eventually(
    `${service} is ready`,
    async () => {
      if (child.exitCode !== null) throw new Error(`${service} exited with ${child.exitCode}`);
      return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
    },
    60_000,
  );
  return async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
}
