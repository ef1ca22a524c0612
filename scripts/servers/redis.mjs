import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExplainedError, messageOf } from '../explained-error.mjs';
import { endpointOf, exchange } from './exchange.mjs';
import { addExtra } from './extra.mjs';
import { foreignServer, runServer } from './server-process.mjs';
import { settingOf } from './setting-of.mjs';
import { fromArchive } from './sources/archive.mjs';
import { containerPlan, ensureImage } from './sources/docker.mjs';
import { findOnPath } from './sources/on-path.mjs';
import { findSource, sourceOrder } from './sources/source-order.mjs';
import { isAtLeast, MINIMUM } from './sources/versions.mjs';
import { withPort } from './with-port.mjs';

const IMAGE = 'redis:8';

/** @typedef {import('./sources/source-order.mjs').Program} Program */

/**
 * Starts Redis with an append-only file, from the first source that has one new enough.
 *
 * @param {object} options
 * @param {string} options.directory keeps its configuration and data
 * @param {number} [options.port] 0 for a free one
 * @param {boolean} [options.durable] false where nothing need be kept; faster
 * @param {string} [options.password] of the administrator `default`, where the users say that there is one
 * @param {import('./extra.mjs').Extra} [options.extra] such as who may do what
 * @param {(text: string) => void} [options.log]
 * @param {string} [options.logFile]
 * @param {string} [options.recordIn] a folder for the process id, for a start that may be killed itself
 * @param {Record<string, string | undefined>} [options.env] read for REDIS_URL and SERVERS_FROM
 * @returns {Promise<import('./server-process.mjs').Server>}
 */
export async function startRedis({ directory, port = 0, durable = true, password, extra = {}, ...options }) {
  const { log = () => undefined, logFile = join(directory, 'server.log'), env = process.env } = options;
  if (env.REDIS_URL) {
    await verify(env.REDIS_URL, settingOf(env, 'REDIS_CA'));
    return foreignServer(env.REDIS_URL, 'REDIS_URL');
  }
  const program = await prepareRedis({ log, env });
  await mkdir(directory, { recursive: true });
  return withPort(port, async (redisPort) => {
    const url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${redisPort}`;
    const file = join(directory, 'redis.conf');
    const folder = program.inContainer ? '/data' : directory;
    const more = await addExtra(extra, directory, folder);
    await writeFile(
      file,
      `bind ${program.inContainer ? '* -::*' : '127.0.0.1'}
protected-mode ${program.inContainer ? 'no' : 'yes'}
port ${program.inContainer ? 6379 : redisPort}
dir ${JSON.stringify(folder)}
appendonly ${durable ? 'yes' : 'no'}
save ""
# A later start tells by this whether a process is the one it left running.
proc-title-template "{title} {listen-addr} {config-file}"
${more}
`,
    );
    await chmod(file, 0o644);
    const how = program.inContainer
      ? containerPlan({
          server: 'redis',
          image: IMAGE,
          directory,
          ports: { [redisPort]: 6379 },
          args: ['redis-server', '/data/redis.conf'],
        })
      : {
          command: program.command,
          args: [file],
          marker: file,
          env: { ...process.env, ...(program.libraryPath && { LD_LIBRARY_PATH: program.libraryPath }) },
        };
    return runServer({
      plan: { name: 'redis', tier: 'server', logFile, recordIn: options.recordIn, ...how },
      url,
      source: program.source,
      ready: async () => {
        const { configFile } = await about(url);
        if (!program.inContainer && configFile !== file) {
          throw new Error(`another Redis, of ${configFile}, answers there`);
        }
      },
    });
  });
}

/**
 * Finds or fetches the program without starting it.
 *
 * @param {object} [options]
 * @param {(text: string) => void} [options.log]
 * @param {Record<string, string | undefined>} [options.env]
 * @returns {Promise<Program>}
 */
export function prepareRedis({ log = () => undefined, env = process.env } = {}) {
  /** @type {Partial<Record<import('./sources/source-order.mjs').Source, () => Promise<Program>>>} */
  const sources = {
    path: async () => {
      const { program, version } = await findOnPath('redis', 'redis-server');
      return { command: program, source: `${program} ${version}`, inContainer: false };
    },
    docker: async () => {
      await ensureImage(IMAGE, log);
      return { command: 'docker', source: `the Docker image ${IMAGE}`, inContainer: true };
    },
    archive: async () => {
      const wanted = { name: 'redis-server', program: 'usr/bin/redis-server', minimum: MINIMUM.redis };
      const { program, version, suite, libraryPath } = await fromArchive({ ...wanted, log });
      return {
        command: program,
        source: `the archive's ${suite}, ${version}`,
        inContainer: false,
        libraryPath,
      };
    },
  };
  return findSource({
    server: 'redis',
    setting: 'REDIS_URL',
    order: sourceOrder(env.SERVERS_FROM),
    log,
    sources,
  });
}

/**
 * Asks a Redis for its version and more. PING is refused while the data is being loaded, INFO is not.
 *
 * @param {string} address
 * @param {string} [ca] who signed its certificate; then it is asked with TLS
 * @returns {Promise<{ version: string, configFile: string }>}
 */
function about(address, ca) {
  const { protocol, username, password } = new URL(address);
  const secret = [username, password].filter(Boolean).map(decodeURIComponent);
  const commands = [...(password ? [['AUTH', ...secret]] : []), ['PING'], ['INFO', 'server']];
  return exchange({
    ...endpointOf(address, 6379),
    tls: (protocol === 'rediss:' || ca !== undefined) && { ca },
    send: commands.map(encode).join(''),
    answer: (received) => {
      const text = received.toString('utf8');
      const refusal = /^-(.*)\r\n/m.exec(text)?.[1];
      if (refusal !== undefined) {
        throw new Error(`it answers ${refusal}`);
      }
      const version = /^redis_version:(\S+)\r\n/m.exec(text)?.[1];
      const configFile = /^config_file:(.*)\r\n/m.exec(text)?.[1];
      return version === undefined || configFile === undefined ? undefined : { version, configFile };
    },
  });
}

/**
 * A command as Redis reads it.
 *
 * @param {string[]} words
 */
function encode(words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/**
 * @param {string} setting
 * @param {string | undefined} ca who signed its certificate
 */
async function verify(setting, ca) {
  try {
    const { version } = await about(setting, ca);
    if (!isAtLeast(version, MINIMUM.redis)) {
      throw new Error(`it is Redis ${version}, and ${MINIMUM.redis} is needed`);
    }
  } catch (error) {
    throw new ExplainedError(
      `REDIS_URL cannot be used: ${messageOf(error)}. Correct it, or unset it to have Redis started.`,
    );
  }
}
