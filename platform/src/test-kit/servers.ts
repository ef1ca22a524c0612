import { execFile } from 'node:child_process';
import type { Dirent } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { StartedTestContainer } from 'testcontainers';
import { type Extra, natsCredentials } from './credentials.js';

/** A real server for tests. */
export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>;
  /** On the same port and data, also after `kill`. */
  restart(): Promise<unknown>;
  /** All that its data folder has, one file after another, but for those of a name. */
  files?(without?: string): Promise<Buffer>;
}

/** The module that starts servers for `npm start`; it has no types of its own that cross the workspace. */
type StartServer = (options: {
  directory: string;
  port: number;
  durable: boolean;
  password?: string;
  extra?: Extra;
  env: Record<string, string | undefined>;
}) => Promise<TestServer>;
const starter = async (file: string, name: string): Promise<StartServer> => {
  const module: Record<string, StartServer> = await import(
    new URL(`../../../scripts/servers/${file}`, import.meta.url).href
  );
  const start = module[name];
  if (!start) throw new Error(`scripts/servers/${file} has no ${name}`);
  return start;
};

const run = promisify(execFile);
let docker: Promise<string | undefined> | undefined;

/** What the Docker engine says of itself; `undefined` where none answers. Asked once a process. */
function dockerInfo(): Promise<string | undefined> {
  docker ??= run('docker', ['info'], { timeout: 5_000 }).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
  return docker;
}

/** Whether a Docker engine answers. */
export const hasDocker = async (): Promise<boolean> => (await dockerInfo()) !== undefined;

/**
 * Whether a container can listen at this machine's own loopback: not where the engine runs in a machine or a network of its own. To
 * copy what everybody says to their servers through the engine's proxy is a good part of a run's work.
 */
async function sharesLoopback(): Promise<boolean> {
  const isElsewhere = /^(tcp|ssh|npipe):/.test(process.env.DOCKER_HOST ?? '');
  return (
    process.platform === 'linux' &&
    !isElsewhere &&
    !/rootless|Docker Desktop/.test((await dockerInfo()) ?? '')
  );
}

/** Postgres from Testcontainers where a Docker engine answers, else the way `npm start` gets it. */
export async function startTestPostgres(): Promise<TestServer> {
  if (process.env.DATABASE_URL || !(await hasDocker()))
    return local('postgres/postgres.mjs', 'startPostgres');
  return contained('postgres:18', 5432, {
    // As everywhere else: characters are counted, not bytes.
    env: { POSTGRES_PASSWORD: 'test', POSTGRES_INITDB_ARGS: '--encoding=UTF8 --auth-host=scram-sha-256' },
    command: ({ host, port }) => [
      ...['postgres', '-h', host, '-p', String(port)],
      ...['-c', 'fsync=off', '-c', 'max_connections=300', '-c', 'wal_recycle=off'],
    ],
    url: (port) => `postgres://postgres:test@127.0.0.1:${port}/postgres`,
    // The image's first start is on a socket only; over TCP it answers when it is truly up.
    ready: ({ port }) => `pg_isready -h 127.0.0.1 -p ${port} -U postgres`,
  });
}

/** Of the administrator `default`; whoever has no password is refused. */
const REDIS_PASSWORD = 'test';

/** @param alsoPort where it listens too, by what `extra` says. */
export async function startTestRedis(extra: Extra = {}, alsoPort?: number): Promise<TestServer> {
  const configuration = (folder: string) =>
    `requirepass ${REDIS_PASSWORD}\n${extra.configuration?.(folder) ?? ''}`;
  if (process.env.REDIS_URL || !(await hasDocker())) {
    const password = REDIS_PASSWORD;
    return local('redis.mjs', 'startRedis', { password, extra: { ...extra, configuration } });
  }
  return contained('redis:8', 6379, {
    files: inFolder({ ...extra.files, 'redis.conf': `save ""\n${configuration(FOLDER)}` }),
    command: ({ host, port }) => [
      ...['redis-server', `${FOLDER}/redis.conf`],
      ...['--bind', host, '--port', String(port)],
    ],
    url: (port) => `redis://:${REDIS_PASSWORD}@127.0.0.1:${port}`,
    ready: () => /Ready to accept connections/,
    ...(alsoPort && { alsoPort }),
  });
}

/**
 * A server of a test file's own, because tests kill it and because streams belong to a whole server.
 * @param extra who may do what: the users of an installation, unless told.
 * @param durable whether what it confirms survives a power cut, as the installations' servers have it; that is slower.
 */
export async function startTestNats(extra?: Extra, durable = false): Promise<TestServer> {
  const { files, configuration } = extra ?? (await natsCredentials()).extra;
  if (!(await hasDocker())) {
    return local('nats.mjs', 'startNats', {
      durable,
      extra: { ...(files && { files }), ...(configuration && { configuration }) },
    });
  }
  const conf = `ping_interval: "5s"
ping_max: 2
jetstream {
  store_dir: "/data"
  ${durable ? 'sync_interval: always' : ''}
}
${configuration?.(FOLDER) ?? ''}
`;
  return contained('nats:2.15', 4222, {
    files: inFolder({ ...files, 'nats.conf': conf }),
    command: ({ host, port }) => [
      ...['nats-server', '-c', `${FOLDER}/nats.conf`],
      ...['-a', host, '-p', String(port)],
    ],
    data: '/data',
    url: (port) => `nats://127.0.0.1:${port}`,
    ready: () => /Server is ready/,
  });
}

/** Where a container has the files that it is given. */
const FOLDER = '/etc/undertone';
const inFolder = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${FOLDER}/${name}`, text]));

async function local(
  file: string,
  name: string,
  more: { password?: string; extra?: Extra; durable?: boolean } = {},
): Promise<TestServer> {
  const start = await starter(file, name);
  const directory = await mkdtemp(join(tmpdir(), 'undertone-test-'));
  // A file's own server is killed and restarted, which nobody may do to one that somebody else runs.
  const env = { ...process.env, NATS_URL: undefined };
  const server = await start({ directory, port: 0, durable: false, env, ...more });
  return {
    url: server.url,
    kill: () => server.kill(),
    restart: () => server.restart(),
    async files(without) {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile() && entry.name !== without);
      // Some may be gone by now.
      const read = ({ parentPath, name }: Dirent) =>
        readFile(join(parentPath, name)).catch(() => Buffer.alloc(0));
      return Buffer.concat(await Promise.all(files.map(read)));
    },
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Where a server listens in its container. */
interface Listening {
  readonly host: string;
  readonly port: number;
}

interface Contained {
  env?: Record<string, string>;
  /** Path in the container to what is in it. */
  files?: Record<string, string>;
  command(at: Listening): string[];
  url(port: number): string;
  /** The folder of its data. */
  data?: string;
  /** A second port of it, which has the same number outside. */
  alsoPort?: number;
  /** A line of its log, or a command that succeeds inside it. */
  ready(at: Listening): RegExp | string;
}

/** On a test's container: the port by which it is reached. */
export const PORT_LABEL = 'undertone.test.port';

async function contained(image: string, port: number, spec: Contained): Promise<TestServer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  // A fixed port stays the same over a restart.
  const outside = await freePort();
  const isShared = await sharesLoopback();
  const at = isShared ? { host: '127.0.0.1', port: outside } : { host: '0.0.0.0', port };
  const ready = spec.ready(at);
  const definition = new GenericContainer(image)
    .withEnvironment(spec.env ?? {})
    .withLabels({ [PORT_LABEL]: String(outside) })
    .withCommand(spec.command(at))
    .withCopyContentToContainer(
      Object.entries(spec.files ?? {}).map(([target, content]) => ({ target, content })),
    )
    .withWaitStrategy(ready instanceof RegExp ? Wait.forLogMessage(ready) : Wait.forSuccessfulCommand(ready))
    .withStartupTimeout(120_000);
  const container: StartedTestContainer = await (isShared
    ? definition.withNetworkMode('host')
    : definition.withExposedPorts(
        { container: port, host: outside },
        ...(spec.alsoPort ? [{ container: spec.alsoPort, host: spec.alsoPort }] : []),
      )
  ).start();
  return {
    url: spec.url(outside),
    stop: async () => {
      await container.stop({ timeout: 2 });
    },
    kill: async () => {
      await run('docker', ['kill', container.getId()]);
    },
    restart: () => run('docker', ['start', container.getId()]),
    async files(without) {
      if (!spec.data) throw new Error('nobody has said where its data are');
      const copy = ['cp', `${container.getId()}:${spec.data}`, '-'];
      const { stdout } = await run('docker', copy, { encoding: 'buffer', maxBuffer: 2 ** 30 });
      return filesIn(stdout, without);
    },
  };
}

const BLOCK = 512;

/** What the files of an archive of tar have, one after another, but for those of a name. Its headers: POSIX.1-1988, ustar. */
function filesIn(tar: Buffer, without: string | undefined): Buffer {
  const textAt = (from: number, to: number) => tar.toString('latin1', from, to).replace(/\0.*$/s, '');
  const parts: Buffer[] = [];
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const name = textAt(at, at + 100);
    const size = Number.parseInt(textAt(at + 124, at + 136), 8) || 0;
    at += BLOCK;
    if (basename(name) !== without) parts.push(tar.subarray(at, at + size));
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  return Buffer.concat(parts);
}

/** A TCP port of loopback that is this process's until it ends: nobody uses it, and nobody else is given it. */
export async function freePort(): Promise<number> {
  const ports: { pickPort(): Promise<number> } = await import(
    new URL('../../../scripts/processes/ports.mjs', import.meta.url).href
  );
  return ports.pickPort();
}
