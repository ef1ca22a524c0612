import { randomBytes } from 'node:crypto';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { pino } from 'pino';
import { inject } from 'vitest';
import { connectRedis } from '../cache/read-cache.js';
import { provision } from '../database/provision.js';
import { startTestNats, type TestServer } from './servers.js';
import './global-setup.js';

/** What one test file runs on: its own NATS server, database and Redis keys. */
export interface TestInfrastructure {
  readonly nats: TestServer;
  readonly adminUrl: string;
  readonly redisUrl: string;
  readonly redisPrefix: string;
  /** The address of a service's role; its schema was made. */
  databaseUrl(schema: string): string;
  /** What a service's settings take from here; parse them with its schema. */
  environment(schema: string): Record<string, string>;
  connect(): Promise<NatsConnection>;
  stop(): Promise<void>;
}

/** A logger that says nothing. */
export const silent = pino({ level: 'silent' });

/**
 * @param schemas of the services that the file runs.
 * @param given the file's own NATS, where one server is not what it wants.
 */
export async function startInfrastructure(
  schemas: readonly string[],
  given?: TestServer,
): Promise<TestInfrastructure> {
  const id = randomBytes(5).toString('hex');
  const nats = given ?? (await startTestNats());
  const admin = new URL(inject('postgresUrl'));
  admin.pathname = `/test_${id}`;
  const urlOf = (schema: string): string => {
    const url = new URL(admin);
    // Roles belong to the whole server, so they carry the file's id too.
    url.username = `${schema}_${id}`;
    url.password = `secret-of-${schema}`;
    return url.href;
  };
  await provision(
    admin.href,
    schemas.map((schema) => ({ schema, role: `${schema}_${id}`, password: `secret-of-${schema}` })),
  );
  const connections: NatsConnection[] = [];
  const redisPrefix = `test:${id}:`;
  return {
    nats,
    adminUrl: admin.href,
    redisUrl: inject('redisUrl'),
    redisPrefix,
    databaseUrl: urlOf,
    environment: (schema) => ({
      NODE_ENV: 'test',
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
      PORT: '0',
      NATS_URL: nats.url,
      REDIS_URL: inject('redisUrl'),
      REDIS_PREFIX: redisPrefix,
      DATABASE_URL: urlOf(schema),
      SHUTDOWN_GRACE_SECONDS: '1',
    }),
    async connect() {
      const connection = await connect({
        servers: nats.url.split(','),
        maxReconnectAttempts: -1,
        reconnectTimeWait: 100,
      });
      connections.push(connection);
      return connection;
    },
    async stop() {
      await Promise.all(connections.map((connection) => connection.close()));
      await nats.stop();
    },
  };
}

/** A Redis client on this file's keys. */
export const testRedis = (infrastructure: TestInfrastructure) =>
  connectRedis(infrastructure.redisUrl, infrastructure.redisPrefix, silent);
