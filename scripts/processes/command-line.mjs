import { readFileSync } from 'node:fs';
import { runQuietly } from './run-quietly.mjs';

/**
 * The command line of a running process, so that a process id from a file is never trusted alone: ids are used again.
 *
 * @param {number} pid
 * @returns {Promise<string | undefined>} nothing where there is no such process or the system does not tell
 */
export async function commandLine(pid) {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    } catch {
      return undefined;
    }
  }
  if (process.platform === 'win32') {
    return undefined;
  }
  const { stdout } = await runQuietly('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return stdout.trim() || undefined;
}
