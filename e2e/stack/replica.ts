import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { freePort } from '@undertone/platform/test-kit/servers';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One replica of a service, as it is built, in a process that a test may kill. */
export class Replica {
  private process: ChildProcess | undefined;
  private output = '';

  private constructor(
    private readonly service: string,
    readonly url: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async start(service: string, environment: NodeJS.ProcessEnv): Promise<Replica> {
    const port = String(await freePort());
    const replica = new Replica(service, `http://127.0.0.1:${port}`, { ...environment, PORT: port });
    await replica.start();
    return replica;
  }

  /** Starts the process, and resolves when it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [`services/${this.service}/dist/src/main.js`], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => {
      this.output = (this.output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.process = child;
    await eventually(
      `${this.service} is ready`,
      async () => {
        if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}:\n${this.output}`);
        return (await fetch(`${this.url}/readyz`)).ok;
      },
      60_000,
    );
  }

  /** SIGKILL: the process has no say in it. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}
