import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExplainedError, messageOf } from '../explained-error.mjs';
import { removeContainer } from '../processes/container.mjs';
import { exitText } from '../processes/exit-text.mjs';
import { launch } from '../processes/launch.mjs';
import { logExcerpt, logTail } from '../processes/log-tail.mjs';

/**
 * @typedef {object} Server a running server
 * @property {string} url
 * @property {string} source where it came from, for a person
 * @property {string} logFile empty for one that was only given by its address
 * @property {number | undefined} pid of the program, or of `docker run`
 * @property {string | undefined} containerId
 * @property {Promise<import('../processes/launch.mjs').Exit>} exited when the run that is under way ends
 * @property {() => Promise<void>} stop in good order; stopping twice is harmless
 * @property {() => Promise<void>} kill SIGKILL, as a power cut would
 * @property {() => Promise<Server>} restart on the same port and data, also after `kill`
 */

/** A server whose start failed because another program took the port in between. */
export class PortTaken extends Error {}

/** @typedef {import('../processes/launch.mjs').Plan & { cidFile?: string }} ServerPlan */

/**
 * Starts a server and waits until it answers.
 *
 * @param {object} options
 * @param {ServerPlan} options.plan
 * @param {string} options.url
 * @param {string} options.source
 * @param {(pid: number | undefined) => Promise<unknown>} options.ready resolves when the server can be used, rejects
 *   while it cannot, and when it is not this one that answers
 * @param {number} [options.timeoutMs]
 * @returns {Promise<Server>}
 */
export async function runServer({ plan, url, source, ready, timeoutMs = 60_000 }) {
  let child = await begin();
  /** @type {Server} */
  const server = {
    url,
    source,
    logFile: plan.logFile,
    get pid() {
      return child.pid;
    },
    get containerId() {
      return readContainerId(plan.cidFile);
    },
    get exited() {
      return child.exited;
    },
    stop: async () => {
      await child.stop();
    },
    kill: async () => {
      await child.kill();
    },
    restart: async () => {
      await child.stop();
      child = await beginAgain();
      return server;
    },
  };
  return server;

  async function begin() {
    if (plan.cidFile !== undefined) {
      await removeContainer(plan.container);
      rmSync(plan.cidFile, { force: true });
    }
    const started = launch(plan);
    await untilReady(started);
    return started;
  }

  /** What a killed server left (Postgres' shared memory, a port) may take a moment to go. */
  async function beginAgain() {
    for (let attempt = 1; ; attempt++) {
      try {
        return await begin();
      } catch (error) {
        if (attempt === 5) {
          throw error;
        }
        await sleep(300 * attempt);
      }
    }
  }

  /** @param {import('../processes/launch.mjs').Child} started */
  async function untilReady(started) {
    const deadline = Date.now() + timeoutMs;
    let ended = false;
    started.exited.then(() => {
      ended = true;
    });
    for (let pause = 10; ; pause = Math.min(pause * 1.5, 200)) {
      try {
        await ready(started.pid);
        return;
      } catch (error) {
        if (ended) {
          const exit = await started.exited;
          const tail = logTail(plan.logFile, { lines: 8, from: exit.logFrom });
          const message = `${plan.name} ${exitText(exit)}; ${logExcerpt(plan.logFile, { from: exit.logFrom })}`;
          throw /address already in use|port is already allocated/i.test(tail)
            ? new PortTaken(message)
            : new ExplainedError(message);
        }
        if (Date.now() > deadline) {
          await started.kill();
          const waited = `${plan.name} was not ready after ${timeoutMs / 1000} s (${messageOf(error)})`;
          throw new ExplainedError(`${waited}; ${logExcerpt(plan.logFile)}`);
        }
      }
      await sleep(pause);
    }
  }
}

/**
 * A server that someone else runs; it can be used, not stopped.
 *
 * @param {string} url
 * @param {string} setting that named it
 * @returns {Server}
 */
export function foreignServer(url, setting) {
  const refuse = async () => {
    throw new Error(`the server of ${setting} is not this process's to end`);
  };
  return {
    url,
    source: `the setting ${setting}`,
    logFile: '',
    pid: undefined,
    containerId: undefined,
    exited: new Promise(() => undefined),
    stop: async () => undefined,
    kill: refuse,
    restart: refuse,
  };
}

/** @param {string | undefined} cidFile */
function readContainerId(cidFile) {
  if (cidFile === undefined) {
    return undefined;
  }
  try {
    return readFileSync(cidFile, 'utf8').trim();
  } catch {
    return undefined;
  }
}
