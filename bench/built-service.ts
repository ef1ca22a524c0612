import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { freePort } from '@undertone/platform/test-kit/servers';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A service as it is built, in a process of its own. */
export interface BuiltService {
  readonly url: string;
  /** What it has in memory now, in bytes: `VmRSS`, which only Linux tells. */
  residentBytes(): Promise<number>;
  /** The most that it had until now: `VmHWM`. */
  peakBytes(): Promise<number>;
  /** What it has written to its log. */
  loggedBytes(): number;
  stop(): Promise<void>;
  /** SIGKILL: it has no say in it. */
  kill(): Promise<void>;
}

export const startBuiltService = (
  service: string,
  environment: Record<string, string>,
): Promise<BuiltService> => startProgram(service, `services/${service}/dist/src/main.js`, environment);

/** @param file from the workspace's folder on; it listens on `PORT` and answers at `/readyz`. */
export async function startProgram(
  service: string,
  file: string,
  environment: Record<string, string> = {},
): Promise<BuiltService> {
  const port = await freePort();
  const child = spawn(process.execPath, [file], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let logged = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    logged += chunk.byteLength;
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(
    `${service} is ready`,
    async () => {
      if (child.exitCode !== null) throw new Error(`${service} exited with ${child.exitCode}`);
      return (await fetch(`${url}/readyz`)).ok;
    },
    60_000,
  );
  const memory = async (line: RegExp) =>
    Number(line.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024;
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    url,
    residentBytes: () => memory(/VmRSS:\s+(\d+) kB/),
    peakBytes: () => memory(/VmHWM:\s+(\d+) kB/),
    loggedBytes: () => logged,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
