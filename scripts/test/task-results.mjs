import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cloneRoot } from '../clone-paths.mjs';

/**
 * Reads from turbo's summary how each task of a run ended. A task that was not run, because one it needs failed, has
 * not passed.
 *
 * @param {number} since when the run began, in milliseconds
 * @returns {{ passed: string[], failed: string[] }}
 */
export function readTaskResults(since) {
  /** @type {string[]} */
  const passed = [];
  /** @type {string[]} */
  const failed = [];
  const file = newestSummary(since);
  const { tasks = [] } = file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'));
  for (const { taskId, command, execution } of tasks) {
    if (command !== '<NONEXISTENT>') {
      (execution?.exitCode === 0 ? passed : failed).push(execution ? taskId : `${taskId} (not run)`);
    }
  }
  return { passed, failed };
}

/** @param {number} since */
function newestSummary(since) {
  const folder = join(cloneRoot, '.turbo', 'runs');
  try {
    const files = readdirSync(folder).map((name) => join(folder, name));
    const fresh = files
      .map((path) => ({ path, time: statSync(path).mtimeMs }))
      .filter(({ time }) => time >= since);
    return fresh.sort((a, b) => b.time - a.time)[0]?.path;
  } catch {
    return undefined;
  }
}
