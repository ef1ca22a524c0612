import { schemaDrift } from '@undertone/platform/test-kit/schema-drift';
import { expect, it } from 'vitest';
import { database } from '../mikro-orm.config.js';

it('migrates to exactly the tables that the entities describe', async () => {
  expect(await schemaDrift(database)).toBe('');
});
