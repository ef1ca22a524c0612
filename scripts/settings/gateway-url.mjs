import { readSettings } from './settings.mjs';

/**
 * Where the gateway of this clone is: `UNDERTONE_URL`, else the port that `npm start` gives it, from the environment or the
 * clone's `.env`.
 *
 * @param {Record<string, string | undefined>} [environment]
 * @returns {string}
 * @throws {ExplainedError} naming the setting that is wrong
 */
export function gatewayUrl(environment = process.env) {
  const { env, ports, host } = readSettings(environment);
  // Bound to every address, it is here too.
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return env.UNDERTONE_URL || `http://${reached.includes(':') ? `[${reached}]` : reached}:${ports.PORT}`;
}
