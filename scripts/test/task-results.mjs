import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cloneRoot } from '../clone-paths.mjs';

/**
 * How a task ended. One that was not run, because one it needs failed, has not passed.
 *
 * @typedef {object} TaskResult
 * @property {string} id `package#task`
 * @property {boolean} passed
 * @property {number | undefined} seconds absent when it was not run
 */

/**
 * Reads from turbo's summaries how each task of a run ended.
 *
 * @param {number} since when the run began, in milliseconds
 * @returns {TaskResult[]} one a task; of one that several turbos met, the worst and longest
 */
export function readTaskResults(since) {
  /** @type {Map<string, TaskResult>} */
  const results = new Map();
  for (const file of summaries(since)) {
    for (const { taskId: id, command, execution } of JSON.parse(readFileSync(file, 'utf8')).tasks ?? []) {
      if (command === '<NONEXISTENT>') continue;
      const passed = execution?.exitCode === 0 && results.get(id)?.passed !== false;
      const took = execution && (execution.endTime - execution.startTime) / 1_000;
      const seconds = Math.max(took ?? -1, results.get(id)?.seconds ?? -1);
      results.set(id, { id, passed, seconds: seconds < 0 ? undefined : seconds });
    }
  }
  return [...results.values()];
}

/** @param {number} since */
function summaries(since) {
  const folder = join(cloneRoot, '.turbo', 'runs');
  try {
    const files = readdirSync(folder).map((name) => join(folder, name));
    return files.filter((path) => statSync(path).mtimeMs >= since);
  } catch {
    return [];
  }
}
