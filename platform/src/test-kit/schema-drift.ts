import type { DatabaseDefinition } from '../database/open-database.js';
import { openDatabase } from '../database/open-database.js';
import { silent, startInfrastructure } from './infrastructure.js';

/** The SQL that would still be needed after a service's migrations to get to what its entities describe; best empty. */
export async function schemaDrift(database: DatabaseDefinition): Promise<string> {
  const infrastructure = await startInfrastructure([database.schema]);
  try {
    const orm = await openDatabase(
      database,
      { DATABASE_URL: infrastructure.databaseUrl(database.schema) },
      silent,
    );
    const needed = await orm.schema.getUpdateSchemaSQL();
    await orm.close();
    return needed;
  } finally {
    await infrastructure.stop();
  }
}
