import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import type { Logger } from '../logging/logger.js';
import type { DatabaseSettings } from '../settings/server-settings.js';
import { databaseTls } from './database-tls.js';
import { giveBackLostConnections } from './lost-connections.js';

/** What a service says of its database, in its `mikro-orm.config.ts`. */
export interface DatabaseDefinition {
  /** The service's schema, owned by its role. */
  readonly schema: string;
  readonly entities: NonNullable<Options['entities']>;
  /** In order; each runs once. */
  readonly migrations: NonNullable<NonNullable<Options['migrations']>['migrationsList']>;
}

/** Connections of one replica. */
export const POOL_SIZE = 10;

/**
 * What the server holds every session to. Without it the locks of a replica that was frozen, or whose network is gone, are held
 * for as long as it sleeps, and every other one waits for them.
 */
const sessionSettings = {
  // Longer than what a transaction waits for outside of the database: a token is refreshed within 12 s.
  idle_in_transaction_session_timeout: '15s',
  // Longer than that, so that the holder's session ends before those who wait give up.
  lock_timeout: '20s',
  // Shorter than the driver's, which leaves the statement running.
  statement_timeout: '110s',
  // A client that is gone without a word is noticed after half a minute, not after two hours.
  tcp_keepalives_idle: '15',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
};

/** In the form of libpq's `options`. @param more settings of one kind of session. */
export const sessionOptions = (more: Readonly<Record<string, string>> = {}): string =>
  Object.entries({ ...sessionSettings, ...more })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');

/** For the rest of a transaction that an operator waits for, and that may take long. */
export const UNHURRIED =
  'set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0';

/** How a replica keeps its connections. */
export const connections: Pick<Options, 'pool' | 'driverOptions'> = {
  pool: { min: 0, max: POOL_SIZE },
  driverOptions: {
    // Without these a connection that is lost without a word is waited for, for ever.
    connectionTimeoutMillis: 10_000,
    query_timeout: 120_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 15_000,
    options: sessionOptions(),
    onPoolCreated: giveBackLostConnections,
  },
};

/** Where the database is, and how its connections are kept. */
export const reached = (server: DatabaseSettings): Pick<Options, 'clientUrl' | 'pool' | 'driverOptions'> => ({
  clientUrl: server.DATABASE_URL,
  ...connections,
  driverOptions: { ...connections.driverOptions, ...databaseTls(server) },
});

/** The ORM's options for a service's schema. */
export function databaseOptions(definition: DatabaseDefinition, server: DatabaseSettings): Options {
  return {
    ...reached(server),
    schema: definition.schema,
    entities: definition.entities,
    extensions: [Migrator],
    forceUtcTimezone: true,
    // The database is there, or the role may not make it anyway.
    ensureDatabase: false,
    migrations: {
      migrationsList: definition.migrations,
      tableName: 'migration',
      snapshot: false,
      // It would print lines that are no JSON; what was done is logged below.
      silent: true,
      transactional: true,
      allOrNothing: true,
    },
  };
}

/**
 * Connects and brings the schema up to date. Replicas that start together wait for each other, so each migration
 * runs once.
 */
export async function openDatabase(
  definition: DatabaseDefinition,
  server: DatabaseSettings,
  log: Logger,
): Promise<MikroORM> {
  const orm = await MikroORM.init({
    ...databaseOptions(definition, server),
    logger: (message) => log.debug(message),
  });
  // Makes the pool alone; until then MikroORM says that it is not connected, without asking the server.
  await orm.connect();
  for (let attempt = 1; ; attempt += 1) {
    const connection = await orm.checkConnection();
    if (connection.ok) break;
    // A wrong password or name does not pass, so the reason is said again and again.
    if (attempt === 1 || attempt % 10 === 0) {
      log.warn({ reason: connection.reason, attempt }, 'Postgres does not answer yet, waiting');
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(attempt * 200, 2_000)));
  }
  await orm.em.fork().transactional(async (em) => {
    await em.execute(UNHURRIED);
    await em.execute('select pg_advisory_xact_lock(hashtext(?))', [`migrate ${definition.schema}`]);
    const transaction = em.getTransactionContext();
    const done = await orm.migrator.up(transaction ? { transaction } : {});
    if (done.length > 0) log.info({ migrations: done.map(({ name }) => name) }, 'schema brought up to date');
  });
  return orm;
}
