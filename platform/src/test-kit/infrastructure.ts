import { randomBytes } from 'node:crypto';
import { type ConnectionOptions, connect, type NatsConnection } from '@nats-io/transport-node';
import { inboxPrefix } from '@undertone/contracts/servers/nats-permissions';
import { redisRules } from '@undertone/contracts/servers/redis-permissions';
import { clients } from '@undertone/contracts/servers/who-does-what';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { inject } from 'vitest';
import { connectRedis } from '../cache/read-cache.js';
import { provision } from '../database/provision.js';
import { withApiPrefix } from '../nats/jetstream.js';
import { provisionStreams } from '../provision/provision-streams.js';
import { natsCredentials, withSeed } from './credentials.js';
import { startTestNats, type TestServer } from './servers.js';
import './global-setup.js';

/** What one test file runs on: its own NATS server, database and Redis keys. */
export interface TestInfrastructure {
  readonly nats: TestServer;
  /** The administrators' addresses. */
  readonly adminUrl: string;
  readonly redisUrl: string;
  readonly redisPrefix: string;
  /** The address of a service's role; its schema was made. */
  databaseUrl(schema: string): string;
  /** What a service's settings take from here, with its own credentials; parse them with its schema. */
  environment(service: string): Record<string, string>;
  /** The streams of this release, which services wait for. @param replicas of each; 1 unless told. */
  provisionStreams(replicas?: number): Promise<void>;
  /**
   * A connection of the operator, who may do anything to streams and ask everybody, or of a service, in whose place it answers.
   * @param options such as another way to the server.
   */
  connect(options?: ConnectionOptions, as?: string): Promise<NatsConnection>;
  stop(): Promise<void>;
}

/** A logger that says nothing. */
export const silent = pino({ level: 'silent' });

/**
 * @param schemas of the services that the file runs.
 * @param given the file's own NATS, where one server is not what it wants.
 * @param kept where the others are the file's own too; what is there already under this id is used again.
 */
export async function startInfrastructure(
  schemas: readonly string[],
  given?: TestServer,
  kept?: { readonly id: string; readonly postgresUrl: string; readonly redisUrl: string },
): Promise<TestInfrastructure> {
  const {
    id,
    postgresUrl,
    redisUrl: redisAddress,
  } = kept ?? {
    id: randomBytes(5).toString('hex'),
    postgresUrl: inject('postgresUrl'),
    redisUrl: inject('redisUrl'),
  };
  const nats = given ?? (await startTestNats());
  const admin = new URL(postgresUrl);
  admin.pathname = `/test_${id}`;
  const urlOf = (schema: string): string => {
    const url = new URL(admin);
    // Roles belong to the whole server, so they carry the file's id too.
    url.username = `${schema}_${id}`;
    url.password = `secret-of-${schema}`;
    return url.href;
  };
  await provision(
    { DATABASE_URL: admin.href },
    schemas.map((schema) => ({ schema, role: `${schema}_${id}`, password: `secret-of-${schema}` })),
  );
  const connections: NatsConnection[] = [];
  const redisPrefix = `test:${id}:`;
  const { settingsOf } = await natsCredentials();
  await makeRedisUsers(redisAddress, id, redisPrefix);
  const redisUrlOf = (service: string) => {
    const url = new URL(redisAddress);
    if ((clients as readonly string[]).includes(service)) {
      url.username = `${service}_${id}`;
      url.password = `secret-of-${service}`;
    }
    return url.href;
  };
  const open = async (options: ConnectionOptions = {}, as = 'operator') => {
    const { NATS_NKEY, NATS_API_PREFIX } = settingsOf(as);
    const connection = await connect({
      servers: nats.url.split(','),
      // As in `connect.ts`.
      ignoreAuthErrorAbort: true,
      timeout: 10_000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      ...withSeed(NATS_NKEY),
      ...(NATS_API_PREFIX && { inboxPrefix: inboxPrefix(as) }),
      ...options,
    });
    connections.push(connection);
    return withApiPrefix(connection, NATS_API_PREFIX);
  };
  return {
    nats,
    adminUrl: admin.href,
    redisUrl: redisAddress,
    redisPrefix,
    databaseUrl: urlOf,
    environment: (service) => ({
      NODE_ENV: 'test',
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
      PORT: '0',
      NATS_URL: nats.url,
      ...settingsOf(service),
      REDIS_URL: redisUrlOf(service),
      REDIS_PREFIX: redisPrefix,
      DATABASE_URL: urlOf(service),
      SHUTDOWN_GRACE_SECONDS: '1',
    }),
    async provisionStreams(replicas = 1) {
      await provisionStreams(await open(), replicas);
    },
    connect: open,
    async stop() {
      await Promise.all(connections.map((connection) => connection.close()));
      await nats.stop();
    },
  };
}

// A server is shared by the files of a package, so its users carry the file's id, as Postgres' roles do.
async function makeRedisUsers(url: string, id: string, prefix: string): Promise<void> {
  const admin = new Redis(url);
  await Promise.all(
    clients.map((service) =>
      admin.call(
        'ACL',
        'SETUSER',
        `${service}_${id}`,
        ...redisRules(service, prefix),
        `>secret-of-${service}`,
      ),
    ),
  );
  await admin.quit();
}

/** A Redis client on this file's keys, that may do anything. */
export const testRedis = (infrastructure: TestInfrastructure) =>
  connectRedis({ REDIS_URL: infrastructure.redisUrl }, infrastructure.redisPrefix, silent);
