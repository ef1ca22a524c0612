import { serviceNames } from '@undertone/contracts/service-name';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let infrastructure: TestInfrastructure;
/** A service's own schemas: the one that is read, and those in which it is built anew. */
const schemasOf = (service: string) => [service, `${service}_shadow`, `${service}_retired`];

async function connected<T>(address: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  infrastructure = await startInfrastructure(serviceNames);
  for (const service of serviceNames) {
    await connected(infrastructure.databaseUrl(service), async (client) => {
      for (const schema of schemasOf(service)) await client.query(`create table ${schema}.kept (id int)`);
    });
  }
});
afterAll(() => infrastructure?.stop());

const DENIED = '42501';
const roleOf = (service: string) => new URL(infrastructure.databaseUrl(service)).username;

describe.each(serviceNames)('the role of %s', (service) => {
  const others = serviceNames.filter((name) => name !== service).flatMap(schemasOf);

  it.each([...others, 'public'])('does nothing in the schema %s', async (schema) => {
    await connected(infrastructure.databaseUrl(service), async (client) => {
      const statements = [`create table ${schema}.mine (id int)`, `create view ${schema}.mine as select 1`];
      if (schema !== 'public') {
        statements.push(
          `select * from ${schema}.kept`,
          `insert into ${schema}.kept values (1)`,
          `drop table ${schema}.kept`,
          `drop schema ${schema} cascade`,
          `alter schema ${schema} owner to current_user`,
          `grant all on schema ${schema} to current_user`,
        );
      }
      for (const statement of statements) {
        await expect(client.query(statement), statement).rejects.toMatchObject({ code: DENIED });
      }
    });
  });

  it('is no other role, and no administrator', async () => {
    await connected(infrastructure.databaseUrl(service), async (client) => {
      const statements = [
        ...serviceNames.filter((name) => name !== service).map((name) => `set role ${roleOf(name)}`),
        'set role postgres',
        'create schema mine',
        'create role mine',
        'create database mine',
        `alter role ${roleOf(service)} superuser`,
        "alter system set work_mem = '1MB'",
        "select pg_read_file('postgresql.conf')",
        "copy (select 1) to '/tmp/undertone-mine'",
        "copy (select 1) to program 'true'",
        'select * from pg_authid',
      ];
      for (const statement of statements) {
        await expect(client.query(statement), statement).rejects.toMatchObject({ code: DENIED });
      }
    });
  });

  it('reaches its own schemas', async () => {
    await connected(infrastructure.databaseUrl(service), async (client) => {
      for (const schema of schemasOf(service)) await client.query(`select * from ${schema}.kept`);
    });
  });

  it.each(['', 'wrong'])('is refused with the password "%s"', async (password) => {
    const url = new URL(infrastructure.databaseUrl(service));
    url.password = password;
    await expect(connected(url.href, async () => undefined)).rejects.toThrow(/password/);
  });
});
