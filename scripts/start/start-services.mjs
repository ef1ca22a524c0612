import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cloneRoot, logsDirectory, runDirectory } from '../clone-paths.mjs';
import { ExplainedError } from '../explained-error.mjs';
import { launch } from '../processes/launch.mjs';
import { answers } from '../processes/ports.mjs';
import { runToEnd } from '../processes/run-to-end.mjs';
import { supervise } from '../processes/supervise.mjs';
import {
  PROGRAMS,
  provisionEnvironment,
  SERVICES,
  serviceEnvironment,
  simulatorEnvironment,
  streamsEnvironment,
} from './services.mjs';

/** A program that ends this often before the system was ever ready will not get well by itself. */
const HOPELESS = 5;

/** Longer than a worker may take to end the jobs it is working on. */
const GRACE_MS = 40_000;

/**
 * Makes the database and a role for each service; what is there already stays.
 *
 * @param {import('./services.mjs').Surroundings} surroundings
 */
export function provisionDatabase(surroundings) {
  return runToEnd({
    name: 'provision',
    command: surroundings.toolchain.node,
    args: [PROGRAMS.provision],
    cwd: cloneRoot,
    env: provisionEnvironment(surroundings),
    logFile: join(logsDirectory, 'provision.log'),
    marker: PROGRAMS.provision,
    recordIn: runDirectory,
  });
}

/**
 * Makes the streams, or brings them to this release.
 *
 * @param {import('./services.mjs').Surroundings} surroundings
 */
export function provisionStreams(surroundings) {
  return runToEnd({
    name: 'streams',
    command: surroundings.toolchain.node,
    args: [PROGRAMS.streams],
    cwd: cloneRoot,
    env: streamsEnvironment(surroundings),
    logFile: join(logsDirectory, 'streams.log'),
    marker: PROGRAMS.streams,
    recordIn: runDirectory,
  });
}

/**
 * Starts the simulator, where it is needed, and the services, each again whenever it ends.
 *
 * @param {import('./services.mjs').Surroundings} surroundings
 * @param {import('../progress.mjs').Progress} progress
 * @returns {Promise<never>} rejects when a program cannot be kept running; else it stays open
 */
export function startServices(surroundings, progress) {
  const { settings, toolchain } = surroundings;
  return new Promise((_, reject) => {
    if (settings.simulated) {
      const port = String(settings.ports.SPOTIFY_SIMULATOR_PORT);
      const options = settings.env.SPOTIFY_SIMULATOR_OPTIONS?.split(/\s+/).filter(Boolean) ?? [];
      const command = /** @type {const} */ ([PROGRAMS.simulator, '--port', port, ...options]);
      begin('simulator', [...command], simulatorEnvironment(surroundings));
    }
    for (const [name, portSetting] of SERVICES) {
      begin(name, [PROGRAMS.service(name)], serviceEnvironment(name, portSetting, surroundings));
    }

    /**
     * @param {string} name
     * @param {[string, ...string[]]} args
     * @param {Record<string, string | undefined>} env
     */
    function begin(name, args, env) {
      const [marker] = args;
      if (!existsSync(marker)) {
        reject(
          new ExplainedError(`${name} has not been built: ${marker} is missing. Run: pnpm turbo run build`),
        );
        return;
      }
      const logFile = join(logsDirectory, `${name}.log`);
      const plan = {
        ...{ name, command: toolchain.node, args, env, logFile, marker },
        ...{ cwd: cloneRoot, recordIn: runDirectory, graceMs: GRACE_MS },
        tier: /** @type {const} */ ('service'),
      };
      supervise({
        name,
        logFile,
        exited: launch(plan).exited,
        again: async () => launch(plan),
        report: (text) => progress.warn(name, text),
        onFailure: (failures, reason) => {
          if (failures >= HOPELESS) {
            reject(new ExplainedError(`${name} does not stay up. ${reason}`));
          }
        },
      });
    }
  });
}

/**
 * Waits until the gateway finds itself and everything behind it well.
 *
 * @param {string} url of the gateway
 * @param {number} [timeoutMs]
 */
export async function untilHealthy(url, timeoutMs = 120_000) {
  const deadline = Date.now() + timeoutMs;
  let last = 'it does not answer';
  while (Date.now() < deadline) {
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) });
      if (response.status === 200) {
        return;
      }
      last = `it answers ${response.status}: ${(await response.text()).slice(0, 1500)}`;
    } catch {
      last = (await answers(Number(new URL(url).port))) ? last : 'nothing listens there yet';
    }
    await sleep(150);
  }
  throw new ExplainedError(
    `${url}/health was not well after ${timeoutMs / 1000} s; ${last}\nThe services' logs are in ${logsDirectory}.`,
  );
}
