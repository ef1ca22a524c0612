import type { EntityManager } from '@mikro-orm/postgresql';
import { type Store, tables } from '@undertone/contracts/personal-data/stores';
import type { ServiceName } from '@undertone/contracts/service-name';
import type { DatabaseSettings } from '../settings/server-settings.js';
import { unlessInUse, withBriefLocks } from './brief-locks.js';
import { schemasOf } from './erase-rows.js';

/** A table of this size, with its indexes, is rewritten in about a second, in which nobody reads it. */
const MOST_BYTES = 128 * 2 ** 20;

/** Code of Postgres: a rebuild has dropped the table meanwhile. */
const GONE = '42P01';

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
 * @returns the tables that are larger, or that somebody uses for too long.
 */
export function rewriteTables(
  service: ServiceName,
  server: DatabaseSettings,
  mostBytes = MOST_BYTES,
): Promise<string[]> {
  return withBriefLocks(server, async (em) => {
    const found = await tablesOf(em, service, mostBytes);
    const kept: string[] = [];
    for (const table of found) {
      if (!(await rewriteInTurn(em, table)) || !table.is_small) kept.push(`table ${table.name}`);
    }
    return [...new Set(kept)];
  });
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

async function rewriteInTurn(em: EntityManager, table: Table): Promise<boolean> {
  try {
    return await unlessInUse(() => rewrite(em, table));
  } catch (error) {
    if ((error as { code?: string }).code === GONE) return true;
    throw error;
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
