import { MikroORM } from '@mikro-orm/postgresql';
import { openDatabase } from '@undertone/platform/database/open-database';
import {
  silent,
  startInfrastructure,
  type TestInfrastructure,
} from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { database } from '../mikro-orm.config.js';

let infrastructure: TestInfrastructure;
let orm: MikroORM;

beforeAll(async () => {
  infrastructure = await startInfrastructure(['insight']);
  orm = await openDatabase(database, infrastructure.databaseUrl('insight'), silent);
});
afterAll(async () => {
  await orm.close();
  await infrastructure.stop();
});

it('has migrations that lead to the schema the entities describe', async () => {
  expect(await orm.schema.getUpdateSchemaSQL({ wrap: false, safe: false, dropTables: false })).toBe('');
});
