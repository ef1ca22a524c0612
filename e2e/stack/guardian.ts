import { spawn } from 'node:child_process';

/** Reads what it is to end, and ends it once nobody is there to say more: its input ends with whoever started it, however that ended. */
const SCRIPT = `
const { spawnSync } = require('node:child_process');
const { createInterface } = require('node:readline');
const left = { process: new Set(), container: new Set() };
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [what, kind, name] = line.split(' ');
    left[kind][what](name);
  })
  .on('close', () => {
    for (const id of left.process) try { process.kill(Number(id), 'SIGKILL'); } catch {}
    if (left.container.size > 0) spawnSync('docker', ['rm', '--force', '--volumes', ...left.container]);
  });
`;

/**
 * A process that ends what a soak started when that is cut off: a frozen replica and a container would stay, and a process that is
 * killed can do nothing about them.
 */
export class Guardian {
  private readonly child = spawn(process.execPath, ['--eval', SCRIPT], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // What is typed at the terminal is not for it.
    detached: true,
  });

  guard(kind: 'process' | 'container', name: string | number): void {
    this.child.stdin.write(`add ${kind} ${name}\n`);
  }

  /** It has ended. */
  forget(kind: 'process' | 'container', name: string | number): void {
    this.child.stdin.write(`delete ${kind} ${name}\n`);
  }

  /** Everything is told to be ended; what is not is ended by it. */
  release(): void {
    this.child.stdin.end();
  }
}
