import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { provision, tenants } from '../src/database/provision.js';

const id = randomBytes(5).toString('hex');

/** An administrator's address for a database of this name. */
function adminUrl(database: string): string {
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${database}`;
  return url.href;
}

function urlOf(database: string, role: string, password: string): string {
  const url = new URL(adminUrl(database));
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}

const tenant = (schema: string, password = `secret of '${schema}'`) => ({
  schema,
  role: `${schema}_${id}`,
  password,
});

describe('provisioning', () => {
  const connections: MikroORM[] = [];
  afterAll(() => Promise.all(connections.map((orm) => orm.close())));

  async function sql(url: string, ...statements: string[]): Promise<unknown[]> {
    const orm = await MikroORM.init({
      clientUrl: url,
      entities: [],
      discovery: { warnWhenNoEntities: false },
      allowGlobalContext: true,
    });
    connections.push(orm);
    let rows: unknown[] = [];
    for (const statement of statements) rows = await orm.em.execute(statement);
    return rows;
  }

  it('gives each role a schema that is its own, and nothing else', async () => {
    const database = `separate_${id}`;
    const [alpha, beta] = [tenant('alpha'), tenant('beta')];
    await provision({ DATABASE_URL: adminUrl(database) }, [alpha, beta]);
    const asAlpha = urlOf(database, alpha.role, alpha.password);
    const asBeta = urlOf(database, beta.role, beta.password);
    await sql(asAlpha, 'create table secrets (text text)', "insert into secrets values ('hers')");

    expect(await sql(asAlpha, 'select text from secrets')).toEqual([{ text: 'hers' }]);
    for (const statement of [
      'select text from alpha.secrets',
      "insert into alpha.secrets values ('mine')",
      'drop table alpha.secrets',
      'create table alpha.mine (id int)',
      'create table public.mine (id int)',
      'create schema mine',
      `create role mine_${id}`,
      `set role ${alpha.role}`,
      `create database mine_${id}`,
    ]) {
      await expect(sql(asBeta, statement), statement).rejects.toThrow(/permission denied|must be owner/);
    }
    expect(await sql(asAlpha, 'select text from secrets')).toEqual([{ text: 'hers' }]);
  });

  it('has the server write no statement of a role into its log, nor what it says of their values', async () => {
    const role = tenant('quiet');
    const database = `quiet_${id}`;
    await provision({ DATABASE_URL: adminUrl(database) }, [role]);
    const said = await sql(
      urlOf(database, role.role, role.password),
      `select current_setting('log_min_error_statement') as statements, current_setting('log_error_verbosity') as more`,
    );
    expect(said).toEqual([{ statements: 'panic', more: 'terse' }]);
  });

  it('lets no role into the database of another system', async () => {
    const [hers, his] = [`hers_${id}`, `his_${id}`];
    await provision({ DATABASE_URL: adminUrl(hers) }, [tenant('gamma')]);
    const delta = tenant('delta');
    await provision({ DATABASE_URL: adminUrl(his) }, [delta]);
    await expect(sql(urlOf(hers, delta.role, delta.password), 'select 1')).rejects.toThrow(
      /permission denied/,
    );
  });

  it('changes nothing but the password when it runs again', async () => {
    const database = `again_${id}`;
    const before = tenant('epsilon');
    await provision({ DATABASE_URL: adminUrl(database) }, [before]);
    await sql(
      urlOf(database, before.role, before.password),
      'create table kept (id int)',
      'insert into kept values (1)',
    );
    const after = tenant('epsilon', 'another one');
    await provision({ DATABASE_URL: adminUrl(database) }, [after]);
    expect(await sql(urlOf(database, after.role, after.password), 'select * from kept')).toEqual([{ id: 1 }]);
    await expect(sql(urlOf(database, before.role, before.password), 'select 1')).rejects.toThrow(/password/);
  });

  it('can run many times at once', async () => {
    const database = `together_${id}`;
    const wanted = [tenant('zeta'), tenant('eta')];
    const runs = await Promise.allSettled(
      Array.from({ length: 5 }, () => provision({ DATABASE_URL: adminUrl(database) }, wanted)),
    );
    expect(runs.flatMap((run) => (run.status === 'rejected' ? [String(run.reason)] : []))).toEqual([]);
    for (const { role, password } of wanted) {
      expect(await sql(urlOf(database, role, password), 'select 1 as one')).toEqual([{ one: 1 }]);
    }
  });

  it('can prepare two systems on one server at once, with a role in common', async () => {
    const shared = tenant('theta');
    const databases = Array.from({ length: 4 }, (_, number) => `shared_${number}_${id}`);
    const runs = await Promise.allSettled(
      databases.map((database) => provision({ DATABASE_URL: adminUrl(database) }, [shared])),
    );
    expect(runs.flatMap((run) => (run.status === 'rejected' ? [String(run.reason)] : []))).toEqual([]);
  });

  it.each([
    ['a database', 'no; drop', 'iota', 'iota'],
    ['a schema', 'plain', 'Iota"', 'iota'],
    ['a role', 'plain', 'iota', 'iota; drop role postgres'],
    ['an empty name', 'plain', '', 'iota'],
  ])('refuses %s that is not a plain name', async (_, database, schema, role) => {
    const url = new URL(inject('postgresUrl'));
    url.pathname = `/${encodeURIComponent(database === 'plain' ? `plain_${id}` : database)}`;
    await expect(provision({ DATABASE_URL: url.href }, [{ schema, role, password: 'x' }])).rejects.toThrow(
      /not a plain/,
    );
  });
});

describe('the tenants in the environment', () => {
  it('are its PROVISION variables, from files too', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'undertone-test-')), 'insight');
    await writeFile(file, 'postgres://insight_role:s3cret%21@db/undertone\n');
    expect(
      tenants({
        PROVISION_TOKEN: 'postgres://token_role:s3cret@db/undertone',
        PROVISION_INSIGHT_FILE: file,
        DATABASE_URL: 'postgres://postgres@db/undertone',
      }),
    ).toEqual([
      { schema: 'insight', role: 'insight_role', password: 's3cret!' },
      { schema: 'token', role: 'token_role', password: 's3cret' },
    ]);
  });

  it.each([
    ['postgres://token-role:s3cret@db/undertone', /PROVISION_TOKEN: "token-role" is not a plain identifier/],
    ['postgres://token_role@db/undertone', /PROVISION_TOKEN: the address has no password/],
    ['nonsense', /PROVISION_TOKEN/],
    ['', /PROVISION_TOKEN/],
  ])('are refused by name: %s', (value, reason) => {
    expect(() => tenants({ PROVISION_TOKEN: value })).toThrow(reason);
  });
});
