import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cloneRoot } from '../clone-paths.mjs';

const LAST_WORDS_MS = 300;

/**
 * Runs turbo, and shows what it says line by line, because two of them may speak at once.
 *
 * @param {string} pnpm
 * @param {readonly string[]} words what follows `turbo run`
 * @param {Record<string, string | undefined>} env
 * @param {(line: string) => void} keep is given each line that is shown
 * @returns {Promise<number>} its exit code
 */
export function runTurbo(pnpm, words, env, keep) {
  return new Promise((resolve, reject) => {
    const child = spawn(pnpm, ['turbo', 'run', ...words], {
      cwd: cloneRoot,
      env: /** @type {NodeJS.ProcessEnv} */ (env),
      stdio: ['inherit', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
      process.on(signal, () => child.kill(signal));
    }
    for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
      createInterface({ input: child[stream] }).on('line', (line) => {
        keep(line);
        process[stream].write(`${line}\n`);
      });
    }
    child.once('error', reject);
    // Not `close`: something that outlives the tests may hold the pipe.
    child.once('exit', (code) => setTimeout(resolve, LAST_WORDS_MS, code ?? 1));
  });
}
