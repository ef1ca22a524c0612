import { defineEntity, p, TransactionPropagation } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDatabaseUnavailable } from '../src/database/is-database-unavailable.js';
import {
  type DatabaseDefinition,
  databaseOptions,
  openDatabase,
  POOL_SIZE,
} from '../src/database/open-database.js';
import { provision } from '../src/database/provision.js';
import { writeRows } from '../src/database/write-rows.js';
import { eventually } from '../src/test-kit/eventually.js';
import { silent, startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';

const Note = defineEntity({
  name: 'Note',
  tableName: 'note',
  properties: { id: p.integer().primary().autoincrement(), text: p.text() },
});

const Paper = defineEntity({
  name: 'Paper',
  tableName: 'paper',
  properties: { id: p.integer().primary(), content: p.json<unknown>().nullable() },
});

class CreateNotes extends Migration {
  override up(): void {
    this.addSql('create table note (id serial primary key, text text not null)');
    // Long enough that replicas which did not wait for each other would meet here.
    this.addSql('select pg_sleep(0.3)');
    this.addSql("insert into note (text) values ('written by the migration')");
  }
}
class AddNote extends Migration {
  override up(): void {
    this.addSql("insert into note (text) values ('written by the second')");
  }
}
class Broken extends Migration {
  override up(): void {
    this.addSql("insert into note (text) values ('never to be seen')");
    this.addSql('insert into nowhere values (1)');
  }
}

const create = { name: '0001-create-notes', class: CreateNotes };
const add = { name: '0002-add-note', class: AddNote };

describe('opening a database', () => {
  let infrastructure: TestInfrastructure;
  const opened: MikroORM[] = [];
  beforeAll(async () => {
    infrastructure = await startInfrastructure(['first', 'second', 'third', 'fourth']);
  });
  afterAll(async () => {
    await Promise.all(opened.map((orm) => orm.close()));
    await infrastructure?.stop();
  });

  async function open(
    schema: string,
    migrations: DatabaseDefinition['migrations'],
    url = infrastructure.databaseUrl(schema),
  ): Promise<MikroORM> {
    const orm = await openDatabase(
      { schema, entities: [Note, Paper], migrations },
      { DATABASE_URL: url },
      silent,
    );
    opened.push(orm);
    return orm;
  }
  const texts = async (orm: MikroORM) =>
    (await orm.em.fork().find(Note, {}, { orderBy: { id: 'asc' } })).map(({ text }) => text);

  it('runs each migration once while many replicas start together', async () => {
    const replicas = await Promise.all(Array.from({ length: 4 }, () => open('first', [create])));
    for (const orm of replicas) expect(await texts(orm)).toEqual(['written by the migration']);
    const [one] = replicas;
    const done = await one?.em.fork().execute('select name from first.migration');
    expect(done).toEqual([{ name: '0001-create-notes' }]);
  });

  it('holds its sessions to time limits', async () => {
    const orm = await open('fourth', [create]);
    const [limits] = await orm.em.fork().execute(
      `select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('lock_timeout') as lock,
              current_setting('statement_timeout') as statement, current_setting('tcp_keepalives_idle') as keepalive`,
    );
    expect(limits).toEqual({ idle: '15s', lock: '20s', statement: '110s', keepalive: '15' });
    await orm.em.fork().transactional(async (em) => {
      await em.execute('lock table note');
      const waiting = orm.em.fork().transactional(
        async (other) => {
          await other.execute(`set local lock_timeout = '50ms'`);
          await other.execute('lock table note');
        },
        { propagation: TransactionPropagation.REQUIRES_NEW },
      );
      await expect(waiting).rejects.toSatisfy(isDatabaseUnavailable);
    });
  });

  it('is not unavailable for what a question says wrong', async () => {
    const orm = await open('fourth', [create]);
    const em = orm.em.fork();
    const asked = [
      em.execute('select ?::text', ['a\0b']),
      em.execute('select 1 as "a\0b"'),
      em.transactional((inner) => inner.execute('select ?::int', ['one'])),
    ];
    for (const one of await Promise.allSettled(asked)) {
      expect(one.status).toBe('rejected');
      expect(one).not.toMatchObject({ reason: expect.toSatisfy(isDatabaseUnavailable) });
    }
    const violation = Object.assign(new Error('invalid message format'), { code: '08P01' });
    expect(isDatabaseUnavailable(violation)).toBe(false);
  });

  it('runs only what is new, the next time', async () => {
    await open('second', [create]);
    const orm = await open('second', [create, add]);
    expect(await texts(orm)).toEqual(['written by the migration', 'written by the second']);
    const found = await orm.em
      .fork()
      .execute("select schemaname from pg_tables where tablename = 'note' and schemaname = 'second'");
    expect(found).toHaveLength(1);
  });

  it('leaves nothing of a migration that fails, nor of those with it', async () => {
    await open('third', [create]);
    await expect(open('third', [create, add, { name: '0003-broken', class: Broken }])).rejects.toThrow(
      /nowhere/,
    );
    const orm = await open('third', [create]);
    expect(await texts(orm)).toEqual(['written by the migration']);
  });

  it('waits for a Postgres that is not there yet', async () => {
    const proxy = await TcpProxy.to(infrastructure.databaseUrl('fourth'));
    const { url } = proxy;
    await proxy.close();
    const opening = open('fourth', [create], url);
    await proxy.open();
    const orm = await opening;
    expect(await texts(orm)).toEqual(['written by the migration']);
    await orm.close();
    await proxy.close();
  });

  it('says why Postgres does not let it in, which may not pass by itself', async () => {
    const url = new URL(infrastructure.databaseUrl('fourth'));
    url.pathname += '_later';
    const said: { reason?: string }[] = [];
    const log = pino({}, { write: (line: string) => void said.push(JSON.parse(line)) });
    const opening = openDatabase(
      { schema: 'fourth', entities: [Note], migrations: [create] },
      { DATABASE_URL: url.href },
      log,
    );
    await eventually('the reason is logged', () => said.length > 0);
    expect(said[0]?.reason).toMatch(/database .*_later.* does not exist/);
    expect(JSON.stringify(said)).not.toContain(url.password);
    const admin = new URL(infrastructure.adminUrl);
    admin.pathname = `${url.pathname}_prepared`;
    await provision({ DATABASE_URL: admin.href }, [
      { schema: 'fourth', role: url.username, password: url.password },
    ]);
    const options = databaseOptions(
      { schema: 'public', entities: [Note], migrations: [] },
      { DATABASE_URL: infrastructure.adminUrl },
    );
    const administrator = await MikroORM.init(options);
    opened.push(administrator);
    // It appears at once, with all that is in it.
    const [prepared, later] = [admin, url].map(({ pathname }) => pathname.slice(1));
    await administrator.em.fork().execute(`alter database "${prepared}" rename to "${later}"`);
    opened.push(await opening);
  });

  it('has all of its connections again after transactions were lost with theirs', async () => {
    const proxy = await TcpProxy.to(infrastructure.databaseUrl('first'));
    const orm = await open('first', [create], proxy.url);
    const lose = async (work: (em: typeof orm.em) => Promise<unknown>) => {
      const lost = Array.from({ length: POOL_SIZE }, () => orm.em.fork().transactional(work));
      const outcomes = Promise.allSettled(lost);
      await eventually('all are under way', async () => (await underWay()) === POOL_SIZE);
      await proxy.close();
      expect((await outcomes).map(({ status }) => status)).toEqual(Array(POOL_SIZE).fill('rejected'));
      await proxy.open();
    };
    const observer = await open('first', [create]);
    const underWay = async (): Promise<number> => {
      const [row]: { count: string }[] = await observer.em
        .fork()
        .execute(
          `select count(*) as count from pg_stat_activity where wait_event = 'PgSleep' and query like '%lost%'`,
        );
      return Number(row?.count);
    };
    await lose((em) => em.execute("select pg_sleep(60), 'lost'"));
    await lose((em) => em.execute("select pg_sleep(60), 'lost'"));
    const after = Array.from({ length: POOL_SIZE }, () =>
      orm.em.fork().transactional((em) => em.execute('select 1 as one')),
    );
    expect(await Promise.all(after)).toEqual(Array(POOL_SIZE).fill([{ one: 1 }]));
    await proxy.close();
  });

  it('takes any JSON in rows that are written at once, and gives it back', async () => {
    const orm = await open('third', [create]);
    const json: unknown[] = [
      { quote: '"', backslash: '\\', both: '\\"', braces: '{},', null: 'NULL', empty: '' },
      { lines: 'a\nb\r\n\tc', controls: '\u0001\u001f\u007f', separators: '\u2028\u2029', emoji: '🎧' },
      ['{"a":1}', 'it\u2019s', [], {}, 0, -0.1, 1e21, true, false, null],
      'NULL',
      '"',
      '\\',
      0,
      false,
      null,
    ];
    await orm.em.fork().transactional(async (em) => {
      await em.execute('create table paper (id int primary key, content jsonb null)');
      await writeRows(
        em,
        Paper,
        json.map((content, id) => ({ id, content })),
        'fail',
      );
    });
    const rows = await orm.em.fork().execute('select content from paper order by id');
    expect(rows.map((row) => row.content)).toEqual(json);
  });
});
