import { join } from 'node:path';
import { cloneRoot } from '../clone-paths.mjs';
import { ExplainedError } from '../explained-error.mjs';
import { withoutNpmRun } from '../processes/npm.mjs';
import { readDotEnv } from './dot-env.mjs';

/**
 * The ports `npm start` uses: the setting, what listens there, the default. The servers' defaults are beside the usual
 * ones, so that a Postgres, Redis or NATS a person already runs is left in peace.
 */
export const PORTS = /** @type {const} */ ([
  ['PORT', 'gateway', 8000],
  ['IDENTITY_PORT', 'identity', 8001],
  ['TOKEN_PORT', 'token', 8002],
  ['INGESTION_PORT', 'ingestion', 8003],
  ['INSIGHT_PORT', 'insight', 8004],
  ['SCHEDULER_PORT', 'scheduler', 8005],
  ['SPOTIFY_SIMULATOR_PORT', 'Spotify simulator', 8010],
  ['POSTGRES_PORT', 'Postgres', 5433],
  ['REDIS_PORT', 'Redis', 6380],
  ['NATS_PORT', 'NATS', 4223],
  ['NATS_MONITOR_PORT', 'NATS monitoring', 8223],
]);

/** @typedef {typeof PORTS[number][0]} PortSetting */

/**
 * @typedef {object} Settings
 * @property {Record<string, string | undefined>} env the environment, completed by the clone's `.env`
 * @property {Record<PortSetting, number>} ports
 * @property {string} host the address that the gateway binds
 * @property {boolean} simulated whether the Spotify simulator stands in, because no Spotify app is configured
 */

/**
 * Reads what a person set; the environment wins over the clone's `.env`.
 *
 * @param {Record<string, string | undefined>} [environment]
 * @returns {Settings}
 * @throws {ExplainedError} naming the setting that is wrong
 */
export function readSettings(environment = process.env) {
  const env = withoutNpmRun({ ...readDotEnv(join(cloneRoot, '.env')), ...environment });
  const ports = /** @type {Record<PortSetting, number>} */ ({});
  /** @type {Map<number, string>} */
  const taken = new Map();
  for (const [setting, , preset] of PORTS) {
    const port = portOf(setting, env[setting], preset);
    const other = taken.get(port);
    if (other !== undefined) {
      throw new ExplainedError(`${setting} and ${other} are both ${port}; give one of them another port.`);
    }
    taken.set(port, setting);
    ports[setting] = port;
  }
  return { env, ports, host: env.HOST || '127.0.0.1', simulated: !env.SPOTIFY_CLIENT_ID };
}

/**
 * @param {string} setting
 * @param {string | undefined} value
 * @param {number} preset
 */
function portOf(setting, value, preset) {
  if (value === undefined || value === '') {
    return preset;
  }
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ExplainedError(`${setting} must be a port from 1 to 65535, and is '${value}'.`);
  }
  return port;
}
