import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { natsKeys, natsUsers, redisMemory, redisUsers } from '../../deploy/access.mjs';
import { moveStreams } from '../../deploy/move-streams.mjs';
import { dataDirectory, logsDirectory, runDirectory } from '../clone-paths.mjs';
import { supervise } from '../processes/supervise.mjs';
import { startNats } from '../servers/nats.mjs';
import { startPostgres } from '../servers/postgres/postgres.mjs';
import { dataLocation } from '../servers/postgres/postgres-data.mjs';
import { unprivilegedUser } from '../servers/postgres/unprivileged-user.mjs';
import { startRedis } from '../servers/redis.mjs';

/** The setting that names a running server instead of one that is started here. */
export const SERVER_SETTINGS = /** @type {const} */ ({
  postgres: 'DATABASE_URL',
  redis: 'REDIS_URL',
  nats: 'NATS_URL',
});

/** As the services have it; what they are given of it is the same setting. */
const DEFAULT_PREFIX = 'undertone:';

/**
 * Starts the three servers at once, and each again whenever it ends.
 *
 * @param {import('../settings/settings.mjs').Settings} settings
 * @param {import('../settings/secrets.mjs').Secrets} secrets
 * @param {import('../progress.mjs').Progress} progress
 * @returns {Promise<{ postgres: string, redis: string, nats: string }>} their addresses
 */
export async function startServers({ env, ports }, secrets, progress) {
  const { postgresPassword, redisPassword, redisPasswords, natsSeeds } = secrets;
  const prefix = env.REDIS_PREFIX || DEFAULT_PREFIX;
  const [postgres, redis, nats] = await Promise.all([
    begin('postgres', (options) =>
      startPostgres({
        ...options,
        port: ports.POSTGRES_PORT,
        password: postgresPassword,
        database: 'undertone',
      }),
    ),
    begin('redis', (options) =>
      startRedis({
        ...options,
        port: ports.REDIS_PORT,
        password: redisPassword,
        extra: {
          files: { 'users.acl': redisUsers({ prefix, admin: redisPassword, passwords: redisPasswords }) },
          configuration: (folder) => `aclfile ${JSON.stringify(`${folder}/users.acl`)}\n${redisMemory()}`,
        },
      }),
    ),
    begin('nats', (options) => {
      if (!env.NATS_URL && moveStreams(options.directory)) {
        progress.step('nats', 'its streams are in the account of the operator now');
      }
      return startNats({
        ...options,
        port: ports.NATS_PORT,
        monitorPort: ports.NATS_MONITOR_PORT,
        extra: {
          files: { 'users.conf': natsUsers(), 'keys.conf': natsKeys(natsSeeds) },
          configuration: () => 'include "users.conf"',
        },
      });
    }),
  ]);
  return { postgres, redis, nats };

  /**
   * @typedef {Pick<Parameters<typeof startNats>[0], 'directory' | 'env' | 'log' | 'logFile' | 'recordIn'>} Options
   *
   * @param {keyof typeof SERVER_SETTINGS} name
   * @param {(options: Options) => Promise<import('../servers/server-process.mjs').Server>} start
   */
  async function begin(name, start) {
    const server = await start({
      directory: join(dataDirectory, name),
      env,
      log: (text) => progress.step(name, text),
      logFile: join(logsDirectory, `${name}.log`),
      recordIn: runDirectory,
    });
    const where = server.pid === undefined ? '' : ` on ${new URL(server.url).host}`;
    progress.step(name, `ready${where}, from ${server.source}`);
    supervise({
      name,
      logFile: server.logFile,
      exited: server.exited,
      again: () => server.restart(),
      report: (text) => progress.warn(name, text),
    });
    return server.url;
  }
}

/**
 * Empties the data of the servers that are started here.
 *
 * @param {import('../settings/settings.mjs').Settings} settings
 * @param {import('../progress.mjs').Progress} progress
 */
export function emptyData({ env }, progress) {
  const postgres = join(dataDirectory, 'postgres');
  for (const folder of [dataDirectory, postgres, dataLocation(postgres, unprivilegedUser())]) {
    rmSync(folder, { recursive: true, force: true });
  }
  progress.step('reset', 'the data is empty');
  for (const setting of Object.values(SERVER_SETTINGS)) {
    if (env[setting]) {
      progress.warn('reset', `the server of ${setting} is not this start's to empty; its data stays`);
    }
  }
}
