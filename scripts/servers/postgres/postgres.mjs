import { rmSync } from 'node:fs';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExplainedError, messageOf } from '../../explained-error.mjs';
import { foreignServer, runServer } from '../server-process.mjs';
import { containerPlan } from '../sources/docker.mjs';
import { withPort } from '../with-port.mjs';
import {
  clusterPid,
  dataLocation,
  dataVersion,
  ensureCluster,
  LOCALE,
  rememberedPassword,
} from './postgres-data.mjs';
import { postgresGreeting } from './postgres-greeting.mjs';
import { IMAGE, preparePostgres, reachable } from './postgres-program.mjs';
import { unprivilegedUser } from './unprivileged-user.mjs';

export { preparePostgres };

/** Segments of the write-ahead log are removed, and not kept for use again with what is in them (docs/erasure.md). */
const FORGETFUL = ['-c', 'wal_recycle=off'];

/** For tests: faster, and nothing survives a power cut. */
const NOT_DURABLE = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];

/**
 * Starts Postgres on loopback with a password, from the first source that has one new enough.
 *
 * @param {object} options
 * @param {string} options.directory keeps its data
 * @param {number} [options.port] 0 for a free one
 * @param {string} [options.password] of the administrator `postgres`; without it one is made and kept in the folder
 * @param {string} [options.database] that the address names; it need not exist
 * @param {boolean} [options.durable] false where a power cut need not be survived; faster
 * @param {(text: string) => void} [options.log]
 * @param {string} [options.logFile]
 * @param {string} [options.recordIn] a folder for the process id, for a start that may be killed itself
 * @param {Record<string, string | undefined>} [options.env] read for DATABASE_URL and SERVERS_FROM
 * @returns {Promise<import('../server-process.mjs').Server>} with the administrator's address
 */
export async function startPostgres({ directory: wanted, port = 0, durable = true, ...options }) {
  const { log = () => undefined, database = 'postgres', env = process.env } = options;
  if (env.DATABASE_URL) {
    await verify(env.DATABASE_URL);
    return foreignServer(env.DATABASE_URL, 'DATABASE_URL');
  }
  const program = await preparePostgres({ log, env });
  const user = program.inContainer ? undefined : unprivilegedUser();
  const directory = dataLocation(wanted, user);
  if (directory !== wanted) {
    log(`the user ${user?.name} cannot reach ${wanted}; the data is in ${directory}`);
    if (!durable) {
      // Whoever made the wanted folder for a test removes that one, and knows nothing of this.
      process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    }
  }
  await mkdir(program.inContainer ? join(directory, 'data') : directory, { recursive: true });
  if (user !== undefined) {
    await chown(directory, user.uid, user.gid);
    await chmod(directory, 0o700);
  }
  const made = dataVersion(directory);
  if (made !== undefined && made !== program.major) {
    throw new ExplainedError(
      `The data in ${directory} is of Postgres ${made}, and the program is Postgres ${program.major}. ` +
        'Install that version, or begin anew with: npm start -- --reset',
    );
  }
  const password = options.password ?? (await rememberedPassword(directory));
  const logFile = options.logFile ?? join(directory, 'server.log');
  const { command, env: programEnv } = program.inContainer ? program : await reachable(program, user, log);
  if (!program.inContainer) {
    const initdb = join(dirname(command), 'initdb');
    await ensureCluster({ initdb, env: programEnv, directory, password, durable, user });
  }
  return withPort(port, (bound) => {
    const url = `postgres://postgres:${password}@127.0.0.1:${bound}/${database}`;
    const flags = ['-c', 'max_connections=200', ...FORGETFUL, ...(durable ? [] : NOT_DURABLE)];
    const data = join(directory, 'data');
    const listen = [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `port=${bound}`,
      '-c',
      'unix_socket_directories=',
    ];
    const how = program.inContainer
      ? containerPlan({
          server: 'postgres',
          image: IMAGE,
          directory,
          mount: data,
          ports: { [bound]: 5432 },
          env: {
            POSTGRES_PASSWORD: password,
            POSTGRES_INITDB_ARGS: ['--auth=scram-sha-256', ...LOCALE].join(' '),
            PGDATA: '/data',
          },
          args: ['postgres', ...flags],
        })
      : {
          command,
          args: ['-D', data, ...listen, ...flags],
          cwd: directory,
          env: programEnv,
          marker: data,
          ...(user && { uid: user.uid, gid: user.gid }),
        };
    return runServer({
      // SIGINT is Postgres' fast shutdown: it ends the clients' connections instead of waiting for them.
      plan: {
        name: 'postgres',
        tier: 'server',
        logFile,
        stopSignal: 'SIGINT',
        recordIn: options.recordIn,
        ...how,
      },
      url,
      source: program.source,
      ready: async (pid) => {
        await postgresGreeting(url);
        if (!program.inContainer && (await clusterPid(directory)) !== pid) {
          throw new Error('another Postgres answers there');
        }
      },
    });
  });
}

/** @param {string} setting */
async function verify(setting) {
  if (!/^postgres(ql)?:\/\//i.test(setting)) {
    throw new ExplainedError(
      'DATABASE_URL is not of Postgres, and tables are there alone. Set postgres://USER:PASSWORD@HOST:5432/DATABASE, or unset it to have Postgres started.',
    );
  }
  try {
    await postgresGreeting(setting);
  } catch (error) {
    throw new ExplainedError(
      `DATABASE_URL cannot be used: ${messageOf(error)}. Correct it, or unset it to have Postgres started.`,
    );
  }
}
