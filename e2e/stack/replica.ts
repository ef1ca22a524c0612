import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { freePort } from '@undertone/platform/test-kit/servers';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const running = new Set<ChildProcess>();
// When the tests are broken off nothing may stay behind; a frozen process would.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** One replica of a service, as it is built, in a process that a test may kill. */
export class Replica {
  private process: ChildProcess | undefined;
  private output = '';

  private constructor(
    readonly service: string,
    readonly url: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly listen: (output: Buffer) => void,
  ) {}

  static async start(service: string, environment: NodeJS.ProcessEnv): Promise<Replica> {
    const replica = await Replica.prepare(service, environment);
    await replica.start();
    return replica;
  }

  /** Of a process that is yet to start. @param listen gets all that it writes. */
  static async prepare(
    service: string,
    environment: NodeJS.ProcessEnv,
    listen: (output: Buffer) => void = () => undefined,
  ): Promise<Replica> {
    const port = String(await freePort());
    return new Replica(service, `http://127.0.0.1:${port}`, { ...environment, PORT: port }, listen);
  }

  /**
   * Starts the process, and resolves when it is ready.
   * @param tell is told when a process is there and when it has gone.
   * @throws {Error} it exited, or was not ready in time.
   */
  async start(timeoutMs = 60_000, tell?: (pid: number, isThere: boolean) => void): Promise<void> {
    const child = spawn(process.execPath, [`services/${this.service}/dist/src/main.js`], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => {
      this.listen(chunk);
      this.output = (this.output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.process = child;
    running.add(child);
    const pid = child.pid ?? 0;
    tell?.(pid, true);
    child.once('exit', () => {
      running.delete(child);
      tell?.(pid, false);
    });
    await eventually(
      `${this.service} is ready`,
      async () => {
        if (child.exitCode !== null) return true;
        return (await fetch(`${this.url}/readyz`)).ok;
      },
      timeoutMs,
    );
    if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}:\n${this.output}`);
  }

  /** SIGKILL: the process has no say in it. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** SIGTERM: it ends in good order. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  /** SIGSTOP: it does nothing any more, and its connections stay open. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  /** SIGCONT: it goes on as if nothing had been. */
  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}
