import { MikroORM } from '@mikro-orm/postgresql';
import type { TestInfrastructure } from './infrastructure.js';

/** A connection of a service's own role, beside the service, for statements that a test writes. */
export const connectAs = (infrastructure: TestInfrastructure, schema: string): Promise<MikroORM> =>
  connectTo(infrastructure.databaseUrl(schema));

/** The same of the server's administrator, who reads everything. */
export const connectAsAdministrator = (infrastructure: TestInfrastructure): Promise<MikroORM> =>
  connectTo(infrastructure.adminUrl);

const connectTo = (clientUrl: string): Promise<MikroORM> =>
  MikroORM.init({
    clientUrl,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    allowGlobalContext: true,
  });
