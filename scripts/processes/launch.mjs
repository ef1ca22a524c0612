import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeContainer, stopContainer } from './container.mjs';

/** What is stopped first comes first: whoever uses a thing ends before it. */
export const TIERS = /** @type {const} */ (['command', 'service', 'server']);

const LARGE_LOG = 10 * 1024 * 1024;

/**
 * @typedef {object} Plan how to run a program
 * @property {string} name of the program in messages and of its record
 * @property {string} command
 * @property {string[]} args
 * @property {string} logFile
 * @property {typeof TIERS[number]} tier
 * @property {string} [cwd]
 * @property {Record<string, string | undefined>} [env]
 * @property {number} [uid]
 * @property {number} [gid]
 * @property {NodeJS.Signals} [stopSignal] asks it to end in good order; SIGTERM unless told
 * @property {number} [graceMs] how long it may take for that
 * @property {string} [container] the name of the container, where the program is `docker run` in the foreground
 * @property {string} [marker] a text of its command line that no other program has, so that a later start can tell
 * @property {string} [recordIn] the folder that keeps its process id while it runs
 *
 * @typedef {object} Exit
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 * @property {string} [error] why it could not be started at all
 * @property {number} [logFrom] where in the log this run began
 *
 * @typedef {object} Child
 * @property {Plan} plan
 * @property {number | undefined} pid
 * @property {Promise<Exit>} exited
 * @property {() => boolean} isRunning
 * @property {() => Promise<Exit>} stop in good order, and by force after the grace time
 * @property {() => Promise<Exit>} kill
 */

/** @type {Set<Child>} */
const running = new Set();
let closed = false;

/** What this process started and has not ended yet. */
export const runningChildren = () => [...running];

/** From now on nothing new may be started: the way down has begun. */
export const refuseLaunches = () => {
  closed = true;
};

export const launchesRefused = () => closed;

/**
 * Starts a program in a process group of its own, so that Ctrl-C in the terminal reaches this process alone and it can
 * end the others in order.
 *
 * @param {Plan} plan
 * @returns {Child}
 */
export function launch(plan) {
  if (closed) {
    throw new Error(`${plan.name} was not started: everything is being stopped`);
  }
  setAside(plan.logFile);
  const log = openSync(plan.logFile, 'a');
  const logFrom = fstatSync(log).size;
  const spawned = spawn(plan.command, plan.args, {
    cwd: plan.cwd,
    env: /** @type {NodeJS.ProcessEnv} */ (plan.env ?? process.env),
    stdio: ['ignore', log, log],
    detached: process.platform !== 'win32',
    windowsHide: true,
    ...(plan.uid === undefined ? {} : { uid: plan.uid, gid: plan.gid }),
  });
  closeSync(log);
  const record = plan.recordIn === undefined ? undefined : join(plan.recordIn, `${plan.name}.json`);
  /** @type {Exit | undefined} */
  let end;
  /** @type {Child} */
  const child = {
    plan,
    pid: spawned.pid,
    isRunning: () => end === undefined,
    exited: new Promise((resolve) => {
      const settle = (/** @type {Exit} */ exit) => {
        end ??= exit;
        running.delete(child);
        if (record !== undefined) {
          rmSync(record, { force: true });
        }
        resolve(end);
      };
      spawned.once('exit', (code, signal) => settle({ code, signal, logFrom }));
      spawned.once('error', (error) => settle({ code: null, signal: null, error: error.message, logFrom }));
    }),
    stop: async () => {
      if (end === undefined) {
        const force = setTimeout(() => signalChild(child, 'SIGKILL'), plan.graceMs ?? 10_000);
        await (plan.container === undefined
          ? signalChild(child, plan.stopSignal ?? 'SIGTERM')
          : stopContainer(plan.container));
        await child.exited;
        clearTimeout(force);
        await removeContainer(plan.container);
      }
      return child.exited;
    },
    kill: async () => {
      await removeContainer(plan.container);
      signalChild(child, 'SIGKILL');
      return child.exited;
    },
  };
  if (spawned.pid !== undefined) {
    running.add(child);
    if (record !== undefined) {
      const { marker, container, tier, stopSignal } = plan;
      writeFileSync(record, JSON.stringify({ pid: spawned.pid, marker, container, tier, stopSignal }));
    }
  }
  return child;
}

/**
 * A log that has grown large makes way for a new one, and takes the place of the one before it.
 *
 * @param {string} file
 */
function setAside(file) {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LARGE_LOG) {
    renameSync(file, `${file}.old`);
  }
}

/**
 * A command such as pnpm has programs of its own below it, which have to get the signal too; a server ends its own.
 *
 * @param {Child} child
 * @param {NodeJS.Signals} signal
 */
export function signalChild(child, signal) {
  const { pid, plan } = child;
  if (pid === undefined || !child.isRunning()) {
    return;
  }
  const wholeGroup = process.platform !== 'win32' && (signal === 'SIGKILL' || plan.tier === 'command');
  try {
    process.kill(wholeGroup ? -pid : pid, signal);
  } catch {
    // It ended in the meantime.
  }
}

// The last resort, when this process ends without having stopped its children: nothing may stay behind. A Postgres
// that gets SIGQUIT takes its own processes with it; killed, it could not.
process.on('exit', () => {
  for (const child of running) {
    signalChild(child, child.plan.stopSignal === 'SIGINT' ? 'SIGQUIT' : 'SIGKILL');
  }
});
