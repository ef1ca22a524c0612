import { setTimeout as sleep } from 'node:timers/promises';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { type Store, tables } from '@undertone/contracts/personal-data/stores';
import type { ServiceName } from '@undertone/contracts/service-name';
import { reached, sessionOptions } from '../database/open-database.js';
import type { DatabaseSettings } from '../settings/server-settings.js';
import { schemasOf } from './erase-rows.js';

/** A table of this size, with its indexes, is rewritten in about a second, in which nobody reads it. */
const MOST_BYTES = 128 * 2 ** 20;
/** Whoever comes after a rewrite that waits for its lock waits as long. */
const LOCK_TIMEOUT = '2s';
const TRIES = 3;
const PAUSE_MS = 500;

/** Codes of Postgres: somebody uses the table; a rebuild has dropped it meanwhile. */
const [IN_USE, GONE] = ['55P03', '42P01'];

interface Table {
  readonly schema: string;
  readonly name: string;
  readonly is_small: boolean;
}

/**
 * Has Postgres rewrite the tables of a service that people's rows are deleted from, also what a rebuild made beside them. A deleted
 * row's bytes stay in the file until then: VACUUM alone gives their place away, and leaves them there until it is taken. The planner's
 * statistics, which have values of rows, are made again; ANALYZE alone leaves those of a table that is empty now.
 * @param mostBytes of a table that is rewritten.
 * @returns the tables that are larger.
 * @throws {Error} a table is in use for too long; the others may be rewritten.
 */
export async function rewriteTables(
  service: ServiceName,
  server: DatabaseSettings,
  mostBytes = MOST_BYTES,
): Promise<string[]> {
  const { driverOptions, ...options } = reached(server);
  const orm = await MikroORM.init({
    ...options,
    driverOptions: { ...driverOptions, options: sessionOptions({ lock_timeout: LOCK_TIMEOUT }) },
    pool: { min: 0, max: 1 },
    entities: [],
    discovery: { warnWhenNoEntities: false },
    contextName: 'rewrite tables',
  });
  try {
    const em = orm.em.fork();
    const found = await tablesOf(em, service, mostBytes);
    for (const table of found) await rewriteInTurn(em, table);
    return [...new Set(found.filter(({ is_small }) => !is_small).map(({ name }) => `table ${name}`))];
  } finally {
    await orm.close();
  }
}

function tablesOf(em: EntityManager, service: ServiceName, mostBytes: number): Promise<Table[]> {
  const names = Object.entries<Store>(tables[service])
    .filter(([, { erased }]) => !('nothing' in erased))
    .map(([name]) => name);
  return em.execute(
    `select nspname as schema, relname as name, pg_total_relation_size(pg_class.oid) <= ? as is_small
       from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where relkind = 'r' and nspname = any(?) and relname = any(?) order by nspname, relname`,
    [mostBytes, asArray(schemasOf(service)), asArray(names)],
  );
}

async function rewriteInTurn(em: EntityManager, table: Table): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await rewrite(em, table);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === GONE) return;
      if (code !== IN_USE || tries === TRIES) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

async function rewrite(em: EntityManager, { schema, name, is_small }: Table): Promise<void> {
  await em.execute(
    `select pg_clear_attribute_stats(schemaname::text, tablename::text, attname::text, inherited)
       from pg_stats where schemaname = ? and tablename = ?`,
    [schema, name],
  );
  await em.execute(`${is_small ? 'vacuum (full, analyze)' : 'analyze'} "${schema}"."${name}"`);
}

const asArray = (names: readonly string[]): string => `{${names.join(',')}}`;
