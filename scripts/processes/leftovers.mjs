import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExplainedError } from '../explained-error.mjs';
import { commandLine } from './command-line.mjs';
import { removeContainer } from './container.mjs';
import { TIERS } from './launch.mjs';
import { isAlive } from './lock.mjs';

/**
 * @typedef {object} ProcessRecord
 * @property {number} pid
 * @property {string} [marker]
 * @property {string} [container]
 * @property {typeof TIERS[number]} [tier]
 * @property {NodeJS.Signals} [stopSignal]
 */

/**
 * Says that this process is the one start of this clone.
 *
 * @param {string} directory the folder of the records
 * @throws {ExplainedError} while another one runs
 */
export async function claimClone(directory) {
  const file = join(directory, 'start.json');
  const other = readRecord(file);
  if (other && isAlive(other.pid) && (await commandLine(other.pid))?.includes('start.mjs')) {
    throw new ExplainedError(
      `Undertone already runs from this clone (process ${other.pid}). ` +
        `Stop it with Ctrl-C in its terminal, or with: kill ${other.pid}`,
    );
  }
  writeFileSync(file, JSON.stringify({ pid: process.pid }));
}

/**
 * Takes that back, where it was said.
 *
 * @param {string} directory
 */
export function releaseClone(directory) {
  const file = join(directory, 'start.json');
  if (readRecord(file)?.pid === process.pid) {
    rmSync(file, { force: true });
  }
}

/**
 * Ends what an earlier start left running because it was killed itself. A process is only touched when its command
 * line carries the text that was recorded with it.
 *
 * @param {string} directory
 * @param {(text: string) => void} say
 */
export async function endLeftovers(directory, say) {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json') && name !== 'start.json');
  for (const tier of TIERS) {
    await Promise.all(
      files.map(async (name) => {
        const file = join(directory, name);
        const record = readRecord(file);
        if (record !== undefined && (record.tier ?? 'server') !== tier) {
          return;
        }
        if (record !== undefined) {
          await endLeftover(name.replace(/\.json$/, ''), record, say);
        }
        rmSync(file, { force: true });
      }),
    );
  }
}

/**
 * @param {string} name
 * @param {ProcessRecord} record
 * @param {(text: string) => void} say
 */
async function endLeftover(name, { pid, marker, container, stopSignal }, say) {
  await removeContainer(container);
  const isOurs = async () => marker !== undefined && (await commandLine(pid))?.includes(marker);
  if (!isAlive(pid) || !(await isOurs())) {
    return;
  }
  say(`ending ${name} (process ${pid}), which an earlier start left running`);
  for (const [signal, seconds] of /** @type {const} */ ([
    [stopSignal ?? 'SIGTERM', 10],
    ['SIGKILL', 5],
  ])) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (let waited = 0; waited < seconds * 20; waited++) {
      if (!isAlive(pid) || !(await isOurs())) {
        return;
      }
      await sleep(50);
    }
  }
  throw new ExplainedError(`${name} (process ${pid}) of an earlier start does not end; end it by hand.`);
}

/**
 * @param {string} file
 * @returns {ProcessRecord | undefined}
 */
function readRecord(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
