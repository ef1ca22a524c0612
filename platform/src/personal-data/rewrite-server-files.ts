import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type RedisBreaker, RedisRefused } from '../cache/redis-breaker.js';
import { unlessInUse } from './brief-locks.js';

const LOOK_AGAIN_MS = 250;
const OLD_TRANSACTIONS_MS = 30_000;
const REDIS_MS = 60_000;

/**
 * Waits until no transaction is left that began before now: for its sake Postgres would keep what was deleted until now,
 * also where a table is rewritten.
 * @throws {Error} one goes on for too long, such as a backup's.
 */
export async function oldTransactionsEnded(em: EntityManager, signal: AbortSignal): Promise<void> {
  const [now] = await em.execute<{ id: string }[]>('select pg_current_xact_id()::xid::text as id');
  await until(
    'a transaction is open that may still see what was erased',
    OLD_TRANSACTIONS_MS,
    signal,
    async () => {
      const [row] = await em.execute<{ held: boolean }[]>(
        `select exists (select 1 from pg_stat_activity
         where datname = current_database() and age(backend_xmin) > age(?::xid)) as held`,
        [now?.id],
      );
      return !row?.held;
    },
  );
}

/**
 * Has Postgres rewrite its statistics, and drop the write-ahead log until now, where it lets this role do so (`provision.ts`).
 * @param em with brief locks.
 * @returns what it does not do.
 */
export async function rewritePostgresLogs(em: EntityManager): Promise<string[]> {
  const kept: string[] = [];
  if (!(await rewriteStatistics(em))) kept.push('statistics of Postgres');
  if (!(await isAllowed(() => dropLog(em)))) kept.push('write-ahead log of Postgres');
  return kept;
}

async function rewriteStatistics(em: EntityManager): Promise<boolean> {
  // Whoever may not is warned, and nothing is done.
  const [row] = await em.execute<{ may: boolean }[]>(
    `select has_table_privilege('pg_catalog.pg_statistic', 'maintain') as may`,
  );
  // Every statement that is planned reads them, and waits behind whoever waits for their lock.
  return (row?.may ?? false) && unlessInUse(() => em.execute('vacuum full pg_catalog.pg_statistic'));
}

/** @returns whether it is gone: archives, replicas and settings may keep it. */
async function dropLog(em: EntityManager): Promise<boolean> {
  // Segments that are used again keep what is in them until they are written over.
  const [about] = await em.execute<{ first: string; recycled: boolean }[]>(
    `select pg_walfile_name(pg_switch_wal() + 1) as first, current_setting('wal_recycle')::boolean as recycled`,
  );
  // A checkpoint that has nothing to write drops nothing.
  await em.execute('select pg_current_xact_id()');
  await em.execute('checkpoint');
  const older = await em.execute<unknown[]>(
    `select 1 from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' and substr(name, 9) < substr(?, 9) limit 1`,
    [about?.first],
  );
  return !about?.recycled && older.length === 0;
}

/**
 * Has Redis write its append-only file and its snapshot again, from what there is now, where it lets this user do so.
 * @returns what it does not do.
 * @throws what `RedisBreaker.ask` does where Redis is away.
 */
export async function rewriteRedisFiles(redis: RedisBreaker, signal: AbortSignal): Promise<string[]> {
  const about = () => redis.ask((connection) => connection.info('persistence'));
  const isIdle = async () =>
    !/(aof_rewrite_in_progress|aof_rewrite_scheduled|rdb_bgsave_in_progress):1/.test(await about());
  const write = async (command: 'bgrewriteaof' | 'bgsave', outcome: RegExp) => {
    // One that began earlier may have what was dropped since.
    await until('Redis is writing its files', REDIS_MS, signal, isIdle);
    try {
      await redis.ask((connection) => connection[command]());
    } catch (error) {
      if (error instanceof RedisRefused && NOT_GIVEN.test(error.message)) return false;
      throw error;
    }
    await until('Redis is writing its files', REDIS_MS, signal, isIdle);
    return outcome.test(await about());
  };
  const kept: string[] = [];
  const appends = !/aof_enabled:0/.test(await about());
  if (appends && !(await write('bgrewriteaof', /aof_last_bgrewrite_status:ok/))) {
    kept.push('append-only file of Redis');
  }
  // Where it takes none there is no file, and one that is made now would stay.
  const snapshots = /rdb_saves:[1-9]/.test(await about());
  if (snapshots && !(await write('bgsave', /rdb_last_bgsave_status:ok/))) kept.push('snapshot of Redis');
  return kept;
}

async function until(
  what: string,
  longestMs: number,
  signal: AbortSignal,
  isOver: () => Promise<boolean>,
): Promise<void> {
  for (const start = Date.now(); !(await isOver()); ) {
    if (Date.now() - start > longestMs) throw new Error(`${what}, after ${longestMs} ms`);
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}

const NOT_ALLOWED = '42501';
/** The second where a provider of Redis does not have it. */
const NOT_GIVEN = /NOPERM|unknown command/;

async function isAllowed(work: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await work()) !== false;
  } catch (error) {
    if ((error as { code?: string }).code === NOT_ALLOWED) return false;
    throw error;
  }
}
