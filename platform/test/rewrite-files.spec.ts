import { randomBytes } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { provision } from '../src/database/provision.js';
import { withBriefLocks } from '../src/personal-data/brief-locks.js';
import { oldTransactionsEnded, rewritePostgresLogs } from '../src/personal-data/rewrite-server-files.js';
import { rewriteTables } from '../src/personal-data/rewrite-tables.js';
import { eventually } from '../src/test-kit/eventually.js';

const id = randomBytes(5).toString('hex');
const CANARY = `sealed-${id}`;
const { signal } = new AbortController();

const urlOf = (schema?: string): string => {
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/rewritten_${id}`;
  if (schema) Object.assign(url, { username: `${schema}_${id}`, password: 'secret' });
  return url.href;
};
const connections: MikroORM[] = [];
async function connected(url: string): Promise<MikroORM> {
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    allowGlobalContext: true,
    contextName: url,
  });
  connections.push(orm);
  return orm;
}
let admin: MikroORM;
let token: MikroORM;
const server = { DATABASE_URL: urlOf('token') };

/** The files that have the canary: of tables and indexes, or also of the log. */
async function files(log = false): Promise<string[]> {
  await admin.em.execute('checkpoint');
  const rows = await admin.em.execute<{ path: string }[]>(
    `with files as (
       select 'base/' || oid || '/' || name as path from pg_database, pg_ls_dir('base/' || oid) as name
        where datname = current_database()
       union all
       select 'pg_wal/' || name from pg_ls_waldir() where ?)
     select path from files, lateral pg_read_binary_file(path, 0, 1000000000, true) as content
      where position(convert_to(?, 'UTF8') in content) > 0`,
    [log, CANARY],
  );
  return rows.map(({ path }) => path);
}

beforeAll(async () => {
  const tenants = ['identity', 'token'].map((schema) => ({
    schema,
    role: `${schema}_${id}`,
    password: 'secret',
  }));
  await provision({ DATABASE_URL: urlOf() }, tenants);
  admin = await connected(urlOf());
  token = await connected(urlOf('token'));
});
afterAll(() => Promise.all(connections.map((orm) => orm.close())));
beforeEach(async () => {
  // Of one table nothing is left, of the other there are other people's rows.
  for (const [table, others] of [
    ['person_key', 0],
    ['vault_entry', 50],
  ] as const) {
    await token.em.execute(`drop table if exists ${table}`);
    await token.em.execute(`create table ${table} (id int, sealed text)`);
    await token.em.execute(`create index on ${table} (sealed)`);
    await token.em.execute(
      `insert into ${table} select n, case when n <= ? then 'other ' || n else ? end from generate_series(1, 80) n`,
      [others, CANARY],
    );
    await token.em.execute(`analyze ${table}`);
  }
  expect(await files()).toHaveLength(5);
  for (const table of ['person_key', 'vault_entry']) {
    await token.em.execute(`delete from ${table} where sealed = ?`, [CANARY]);
  }
});

describe('deleted rows', () => {
  it('stay in files that are vacuumed alone, and in no table, index or statistics that are rewritten', async () => {
    for (const table of ['person_key', 'vault_entry']) await token.em.execute(`vacuum (analyze) ${table}`);
    expect(await files()).not.toEqual([]);
    expect(await rewriteTables('token', server)).toEqual([]);
    // The planner's statistics are the server's, who rewrites them with its log.
    expect(await files(true)).not.toEqual([]);
    expect(await withBriefLocks({ DATABASE_URL: urlOf('identity') }, rewritePostgresLogs)).toEqual([]);
    expect(await files(true)).toEqual([]);
    const stats = "select tablename as name from pg_stats where schemaname = 'token' and attname = 'sealed'";
    expect(await token.em.execute(stats)).toEqual([{ name: 'vault_entry' }]);
  });

  it('stay in a table that is too large, which is told, and not in statistics', async () => {
    expect(await rewriteTables('token', server, 0)).toEqual(['table person_key', 'table vault_entry']);
    const stats = 'select 1 from pg_stats where position(? in most_common_vals::text) > 0';
    expect(await token.em.execute(stats, [CANARY])).toEqual([]);
  });

  it('stay for a transaction that may still see them, which is waited for', async () => {
    const other = (await connected(urlOf('identity'))).em.fork();
    await other.begin({ isolationLevel: 'repeatable read' as never });
    await other.execute('select 1');
    await token.em.execute('delete from vault_entry where id = 1');
    let ended = false;
    const waiting = oldTransactionsEnded(token.em.fork(), signal).then(() => {
      ended = true;
    });
    await eventually('it looked', async () => {
      const looks = "select 1 from pg_stat_activity where usename = ? and query like '%backend_xmin%'";
      return (await admin.em.execute<unknown[]>(looks, [`token_${id}`])).length > 0;
    });
    expect(ended).toBe(false);
    await other.commit();
    await waiting;
  });

  it('stay in statistics that somebody reads, which is told, and nobody waits for long', async () => {
    const reader = (await connected(urlOf('identity'))).em.fork();
    await reader.begin();
    await reader.execute('select count(*) from pg_stats');
    const planned: number[] = [];
    let over = false;
    const planning = (async () => {
      while (!over) {
        const since = performance.now();
        await admin.em.execute(
          'select relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace',
        );
        planned.push(performance.now() - since);
      }
    })();
    const kept = await withBriefLocks({ DATABASE_URL: urlOf('identity') }, rewritePostgresLogs);
    over = true;
    await planning;
    await reader.commit();
    expect(kept).toEqual(['statistics of Postgres']);
    // With the lock time of ordinary sessions it is 20 s.
    expect(Math.max(...planned)).toBeLessThan(10_000);
  });

  it('stay in a table that somebody uses for too long, which is told', async () => {
    const reader = (await connected(urlOf('token'))).em.fork();
    await reader.begin();
    await reader.execute('select 1 from person_key');
    expect(await rewriteTables('token', server)).toEqual(['table person_key']);
    await reader.commit();
  });

  it('stay in the log and in statistics for whoever may not have these rewritten, which is told', async () => {
    expect(await rewritePostgresLogs(token.em)).toEqual([
      'statistics of Postgres',
      'write-ahead log of Postgres',
    ]);
  });
});
