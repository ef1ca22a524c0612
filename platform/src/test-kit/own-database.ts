import { MikroORM } from '@mikro-orm/postgresql';
import type { TestInfrastructure } from './infrastructure.js';

/** A connection of a service's own role, beside the service, for statements that a test writes. */
export function connectAs(infrastructure: TestInfrastructure, schema: string): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: infrastructure.databaseUrl(schema),
    entities: [],
    discovery: { warnWhenNoEntities: false },
    allowGlobalContext: true,
  });
}
