import { ExplainedError } from '../explained-error.mjs';
import { exitText } from './exit-text.mjs';
import { launch } from './launch.mjs';
import { logExcerpt } from './log-tail.mjs';

/**
 * Runs a command to its end, its output in a log.
 *
 * @param {Omit<import('./launch.mjs').Plan, 'tier'>} plan
 * @param {string} [advice] what a person can do when it fails
 * @throws {ExplainedError} with the last lines of the log
 */
export async function runToEnd(plan, advice = '') {
  const exit = await launch({ ...plan, tier: 'command' }).exited;
  if (exit.code !== 0) {
    const command = [plan.command, ...plan.args].join(' ');
    throw new ExplainedError(
      `${plan.name} ${exitText(exit)}\n  command: ${command}\n  ${logExcerpt(plan.logFile, { lines: 30, from: exit.logFrom })}\n${advice}`.trim(),
    );
  }
}
