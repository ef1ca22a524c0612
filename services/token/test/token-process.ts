import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { freePort } from '@undertone/platform/test-kit/servers';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The token service in a process of its own, so that SIGKILL ends it as a crash would. */
export class TokenProcess {
  private constructor(private readonly process: ChildProcess) {}

  /** Resolves when it is ready. */
  static async start(environment: Record<string, string>): Promise<TokenProcess> {
    const PORT = String(await freePort());
    const child = fork(
      pathOf('../../../platform/test/fixtures/run-typescript.mjs'),
      [pathOf('../src/main.ts')],
      {
        execArgv: [],
        env: { ...process.env, ...environment, PORT },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    );
    await eventually(
      'the process is ready',
      async () => {
        if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}`);
        return (await fetch(`http://127.0.0.1:${PORT}/readyz`)).ok;
      },
      60_000,
    );
    return new TokenProcess(child);
  }

  async kill(): Promise<void> {
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }
}
