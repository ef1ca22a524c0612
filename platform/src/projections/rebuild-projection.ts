import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityName, EntitySchema } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import { JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import { ProjectionCheckpoint } from './projection-checkpoint.entity.js';

/** A projection, and the tables that it alone fills. */
export interface RebuildableProjection {
  readonly consumer: ProjectionConsumerDefinition;
  readonly tables: readonly EntitySchema[];
}

/** A replica of the service is feeding the projection that is to be rebuilt. */
export class ProjectionInUse extends Error {
  readonly code = 'PROJECTION_IN_USE';
  constructor(projection: string) {
    super(`${projection} is being fed by a running replica: stop the service first`);
    this.name = 'ProjectionInUse';
  }
}

/** Codes of the server's "consumer not found" and "stream not found". */
const NEVER_STARTED: ReadonlySet<number> = new Set([10014, 10059]);
/** A runner asks for messages all the time, but for the blink between two requests. */
const QUIET_SAMPLES = 5;
const SAMPLE_MS = 100;

/**
 * Waits until no replica asks for the projection's events: requests of one that was killed live on for seconds.
 * A replica that ran through a rebuild would find its tables gone under its hands and fail until it is back in step.
 * @throws {ProjectionInUse} when there still is one after `timeoutMs`.
 */
export async function projectionIdle(
  manager: JetStreamManager,
  { stream, name }: ProjectionConsumerDefinition,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let quiet = 0; quiet < QUIET_SAMPLES; ) {
    const info = await manager.consumers.info(stream, name).catch((error: unknown) => {
      if (error instanceof JetStreamApiError && NEVER_STARTED.has(error.code)) return undefined;
      throw error;
    });
    if (!info) return;
    quiet = info.num_waiting === 0 ? quiet + 1 : 0;
    if (Date.now() > deadline) throw new ProjectionInUse(name);
    await sleep(SAMPLE_MS);
  }
}

/**
 * Makes the projection's tables anew and empty, as the entities describe them, and forgets its checkpoint, all or
 * nothing. The replica that becomes active next reads the stream from its beginning.
 */
export async function rebuildProjection(orm: MikroORM, projection: RebuildableProjection): Promise<void> {
  const statements = projection.tables.flatMap((table) => recreation(orm, table));
  await orm.em.fork().transactional(async (em) => {
    for (const statement of statements) await em.execute(statement);
    await em.nativeDelete(ProjectionCheckpoint, { name: projection.consumer.name });
  });
}

// The schema generator's own statements, for one table: it has no way to be asked for less than the whole schema.
function recreation(orm: MikroORM, entity: EntityName): string[] {
  const { tableName } = orm.getMetadata().get(entity);
  const helper = orm.em.getPlatform().getSchemaHelper();
  if (!helper) throw new Error('this database has no schemas');
  return [helper.dropTableIfExists(tableName, orm.config.get('schema')), ...creationOf(orm, entity)];
}

/** The statements that make an entity's table, with its indexes, in the ORM's schema. */
export function creationOf(orm: MikroORM, entity: EntityName): string[] {
  const { tableName } = orm.getMetadata().get(entity);
  const helper = orm.em.getPlatform().getSchemaHelper();
  const table = orm.schema.getTargetSchema(orm.config.get('schema')).getTable(tableName);
  if (!helper || !table) throw new Error(`${tableName} is not a table of this schema`);
  return helper.createTable(table);
}
