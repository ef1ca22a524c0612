import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathHash } from '../clone-paths.mjs';
import { ExplainedError, messageOf } from '../explained-error.mjs';
import { pickPort } from '../processes/ports.mjs';
import { endpointOf, exchange } from './exchange.mjs';
import { addExtra } from './extra.mjs';
import { foreignServer, runServer } from './server-process.mjs';
import { fromArchive } from './sources/archive.mjs';
import { containerPlan, ensureImage } from './sources/docker.mjs';
import { findOnPath } from './sources/on-path.mjs';
import { findSource, sourceOrder } from './sources/source-order.mjs';
import { isAtLeast, MINIMUM } from './sources/versions.mjs';
import { withPort } from './with-port.mjs';

const IMAGE = 'nats:2.15';

/** @typedef {import('./server-process.mjs').Server & { monitorUrl: string | undefined }} NatsServer */

/** @typedef {import('./sources/source-order.mjs').Program} Program */

/**
 * Starts NATS with JetStream, from the first source that has one new enough.
 *
 * @param {object} options
 * @param {string} options.directory keeps its configuration and streams
 * @param {number} [options.port] 0 for a free one
 * @param {number} [options.monitorPort] 0 for a free one
 * @param {boolean} [options.durable] false where a power cut need not be survived; faster
 * @param {import('./extra.mjs').Extra} [options.extra] such as who may do what
 * @param {(text: string) => void} [options.log]
 * @param {string} [options.logFile]
 * @param {string} [options.recordIn] a folder for the process id, for a start that may be killed itself
 * @param {Record<string, string | undefined>} [options.env] read for NATS_URL and SERVERS_FROM
 * @returns {Promise<NatsServer>}
 */
export async function startNats({
  directory,
  port = 0,
  monitorPort = 0,
  durable = true,
  extra = {},
  ...options
}) {
  const { log = () => undefined, logFile = join(directory, 'server.log'), env = process.env } = options;
  if (env.NATS_URL) {
    await verify(env.NATS_URL);
    return { ...foreignServer(env.NATS_URL, 'NATS_URL'), monitorUrl: undefined };
  }
  const program = await prepareNats({ log, env });
  await mkdir(directory, { recursive: true });
  return withPort(port, async (natsPort) => {
    const httpPort = monitorPort || (await pickPort());
    const inside = program.inContainer
      ? { host: '0.0.0.0', port: 4222, http: 8222, data: '/data' }
      : undefined;
    const {
      host,
      port: bound,
      http,
      data,
    } = inside ?? {
      host: '127.0.0.1',
      port: natsPort,
      http: httpPort,
      data: directory,
    };
    const name = `undertone-${pathHash(directory)}`;
    const file = join(directory, 'nats.conf');
    const more = await addExtra(extra, directory, data);
    await writeFile(
      file,
      `server_name: ${name}
host: "${host}"
port: ${bound}
http: "${host}:${http}"
# as in deploy/nats/nats-server.conf
ping_interval: "5s"
ping_max: 2
jetstream {
  store_dir: ${JSON.stringify(data)}
  ${durable ? '# an acknowledged message survives a power cut\n  sync_interval: always' : ''}
}
${more}
`,
    );
    await chmod(file, 0o644);
    const how = program.inContainer
      ? containerPlan({
          server: 'nats',
          image: IMAGE,
          directory,
          ports: { [natsPort]: 4222, [httpPort]: 8222 },
          args: ['-c', '/data/nats.conf'],
        })
      : { command: program.command, args: ['-c', file], marker: file };
    const server = await runServer({
      plan: { name: 'nats', tier: 'server', logFile, recordIn: options.recordIn, ...how },
      url: `nats://127.0.0.1:${natsPort}`,
      source: program.source,
      ready: async () => {
        const { server_name } = await greeting('127.0.0.1', natsPort);
        if (server_name !== name) {
          throw new Error(`another NATS, ${server_name}, answers there`);
        }
      },
    });
    return Object.assign(server, { monitorUrl: `http://127.0.0.1:${httpPort}` });
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
export function prepareNats({ log = () => undefined, env = process.env } = {}) {
  /** @type {Partial<Record<import('./sources/source-order.mjs').Source, () => Promise<Program>>>} */
  const sources = {
    path: async () => {
      const { program, version } = await findOnPath('nats', 'nats-server');
      return { command: program, source: `${program} ${version}`, inContainer: false };
    },
    docker: async () => {
      await ensureImage(IMAGE, log);
      return { command: 'docker', source: `the Docker image ${IMAGE}`, inContainer: true };
    },
    archive: async () => {
      const wanted = { name: 'nats-server', program: 'usr/sbin/nats-server', minimum: MINIMUM.nats };
      const { program, version, suite } = await fromArchive({ ...wanted, log });
      return { command: program, source: `the archive's ${suite}, ${version}`, inContainer: false };
    },
  };
  return findSource({
    server: 'nats',
    setting: 'NATS_URL',
    order: sourceOrder(env.SERVERS_FROM),
    log,
    sources,
  });
}

/**
 * NATS introduces itself to whoever connects.
 *
 * @param {string} host
 * @param {number} port
 * @returns {Promise<{ version: string, server_name: string, jetstream?: boolean }>}
 */
function greeting(host, port) {
  return exchange({
    host,
    port,
    answer: (received) => {
      const info = /^INFO (\{.*\})\s*\r\n/.exec(received.toString('utf8'))?.[1];
      return info === undefined ? undefined : JSON.parse(info);
    },
  });
}

/** @param {string} setting one address or several, separated by commas */
async function verify(setting) {
  const reasons = [];
  for (const address of setting.split(',')) {
    const url = address.includes('://') ? address.trim() : `nats://${address.trim()}`;
    try {
      const { host, port } = endpointOf(url, 4222);
      const { version, jetstream } = await greeting(host, port);
      if (!isAtLeast(version, MINIMUM.nats)) {
        throw new Error(`it is NATS ${version}, and ${MINIMUM.nats} is needed`);
      }
      if (!jetstream) {
        throw new Error('its JetStream is off');
      }
      return;
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  throw new ExplainedError(
    `NATS_URL cannot be used: ${reasons.join('; ')}. Correct it, or unset it to have NATS started.`,
  );
}
