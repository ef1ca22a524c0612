import { openDatabase } from '@undertone/platform/database/open-database';
import { silent, startInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { expect, it } from 'vitest';
import { database } from '../mikro-orm.config.js';

it('migrates to exactly the tables that the entities describe', async () => {
  const infrastructure = await startInfrastructure(['token']);
  try {
    const orm = await openDatabase(database, infrastructure.databaseUrl('token'), silent);
    expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
    await orm.close();
  } finally {
    await infrastructure.stop();
  }
});
