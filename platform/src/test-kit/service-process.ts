import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import { freePort } from './servers.js';

const RUN = fileURLToPath(new URL('../../test/fixtures/run-typescript.mjs', import.meta.url));

/** A service in a process of its own, so that SIGKILL ends it as a crash would. */
export class ServiceProcess {
  private constructor(private readonly process: ChildProcess) {}

  /**
   * Resolves when it is ready.
   * @param main the service's, as a URL.
   */
  static async start(main: URL, environment: Record<string, string>): Promise<ServiceProcess> {
    const PORT = String(await freePort());
    const child = fork(RUN, [fileURLToPath(main)], {
      execArgv: [],
      env: { ...process.env, ...environment, PORT },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await eventually(
      'the process is ready',
      async () => {
        if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}`);
        return (await fetch(`http://127.0.0.1:${PORT}/readyz`)).ok;
      },
      60_000,
    );
    return new ServiceProcess(child);
  }

  async kill(): Promise<void> {
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }
}
