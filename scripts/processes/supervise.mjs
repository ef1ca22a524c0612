import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../explained-error.mjs';
import { exitText } from './exit-text.mjs';
import { launchesRefused } from './launch.mjs';
import { logExcerpt } from './log-tail.mjs';

/** A program that ran this long was well; when it ends, counting begins anew. */
const HEALTHY_MS = 30_000;
const LONGEST_DELAY_MS = 15_000;

/**
 * @typedef {object} Supervised
 * @property {string} name
 * @property {string} logFile
 * @property {Promise<import('./launch.mjs').Exit>} exited of the run that is under way
 * @property {() => Promise<{ exited: Promise<import('./launch.mjs').Exit> }>} again starts it once more
 * @property {(text: string) => void} report
 * @property {(failures: number, reason: string) => void} [onFailure]
 */

/**
 * Starts a program again whenever it ends, waiting longer each time, until everything is stopped. A crash is told with
 * the end of the log, because the reason is there.
 *
 * @param {Supervised} supervised
 */
export async function supervise({ name, logFile, exited, again, report, onFailure }) {
  let failures = 0;
  let started = Date.now();
  let exit = await exited;
  for (;;) {
    if (launchesRefused()) {
      return;
    }
    failures = Date.now() - started > HEALTHY_MS ? 1 : failures + 1;
    const delay = delayAfter(failures);
    const reason = `${name} ${exitText(exit)}; ${logExcerpt(logFile, { from: exit.logFrom })}`;
    report(`${reason}\n    starting it again in ${delay / 1000} s`);
    onFailure?.(failures, reason);
    await sleep(delay);
    started = Date.now();
    exit = await runAgain();
  }

  /** @returns {Promise<import('./launch.mjs').Exit>} how that run ended */
  async function runAgain() {
    try {
      const next = await again();
      report(`${name} was started again`);
      return await next.exited;
    } catch (error) {
      return { code: null, signal: null, error: messageOf(error) };
    }
  }
}

/** @param {number} failures */
function delayAfter(failures) {
  return Math.min(500 * 2 ** (failures - 1), LONGEST_DELAY_MS);
}
