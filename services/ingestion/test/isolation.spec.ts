import type { MikroORM } from '@mikro-orm/postgresql';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { connectAs } from '@undertone/platform/test-kit/own-database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('the role of ingestion', () => {
  let infrastructure: TestInfrastructure;
  let own: MikroORM;

  beforeAll(async () => {
    infrastructure = await startInfrastructure(['ingestion', 'token']);
    const other = await connectAs(infrastructure, 'token');
    await other.em.execute('create table vault (secret text)');
    await other.em.execute("insert into vault values ('a refresh token')");
    await other.close();
    own = await connectAs(infrastructure, 'ingestion');
  });
  afterAll(async () => {
    await own.close();
    await infrastructure.stop();
  });

  it('does as it likes in its own schema', async () => {
    await own.em.execute('create table mine (x int)');
    expect(await own.em.execute('select * from ingestion.mine')).toEqual([]);
  });

  it.each([
    ['read', 'select secret from token.vault'],
    ['write', "insert into token.vault values ('x')"],
    ['empty', 'truncate token.vault'],
    ['drop', 'drop table token.vault'],
    ['make a table in', 'create table token.mine (x int)'],
    ['let itself into', 'grant usage on schema token to current_user'],
  ])('cannot %s another service’s schema', async (_, sql) => {
    await expect(own.em.execute(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it('cannot become another role, nor make one', async () => {
    const other = new URL(infrastructure.databaseUrl('token')).username;
    await expect(own.em.execute(`set role ${other}`)).rejects.toMatchObject({ code: '42501' });
    await expect(own.em.execute('create role thief superuser')).rejects.toMatchObject({ code: '42501' });
  });
});
