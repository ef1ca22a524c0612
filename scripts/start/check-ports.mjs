import { ExplainedError } from '../explained-error.mjs';
import { isFree, portHolder } from '../processes/ports.mjs';
import { PORTS } from '../settings/settings.mjs';
import { SERVER_SETTINGS } from './start-servers.mjs';

/**
 * Looks at every port that will be needed before anything is done, so that all that are taken are told at once.
 *
 * @param {import('../settings/settings.mjs').Settings} settings
 * @param {{ onlyServers: boolean }} options
 * @throws {ExplainedError} naming each taken port, who has it, and the setting that changes it
 */
export async function checkPorts({ env, ports, host, simulated }, { onlyServers }) {
  const servers = new Set(['POSTGRES_PORT', 'REDIS_PORT', 'NATS_PORT', 'NATS_MONITOR_PORT']);
  const foreign = new Set([
    ...(env[SERVER_SETTINGS.postgres] ? ['POSTGRES_PORT'] : []),
    ...(env[SERVER_SETTINGS.redis] ? ['REDIS_PORT'] : []),
    ...(env[SERVER_SETTINGS.nats] ? ['NATS_PORT', 'NATS_MONITOR_PORT'] : []),
    ...(simulated ? [] : ['SPOTIFY_SIMULATOR_PORT']),
  ]);
  const needed = PORTS.filter(([setting]) => !foreign.has(setting) && (!onlyServers || servers.has(setting)));
  const taken = await Promise.all(
    needed.map(async ([setting, what]) => {
      const port = ports[setting];
      if (await isFree(port, setting === 'PORT' ? host : '127.0.0.1')) {
        return [];
      }
      const holder = (await portHolder(port)) ?? 'another program';
      return [
        `Port ${port}, which ${what} needs, is taken by ${holder}.\n  Stop it, or choose another port: ${setting}=`,
      ];
    }),
  );
  const messages = taken.flat();
  if (messages.length > 0) {
    throw new ExplainedError(messages.map((message) => `${message}<port> npm start`).join('\n'));
  }
}
