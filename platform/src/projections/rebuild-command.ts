import type { RebuildState } from '@undertone/contracts/rebuild';
import { z } from 'zod';
import { type DatabaseDefinition, openDatabase } from '../database/open-database.js';
import { EventStore } from '../event-store/event-store.js';
import { createLogger } from '../logging/logger.js';
import { connectNats } from '../nats/connect.js';
import { commonSettings, loadSettings } from '../settings/load-settings.js';
import { databaseSettings, natsSettings } from '../settings/server-settings.js';
import { projectionIdle, type RebuildableProjection, rebuildProjection } from './rebuild-projection.js';

/** What a service's `rebuild` program knows. */
export interface RebuildDefinition {
  readonly service: RebuildState['service'];
  readonly database: DatabaseDefinition;
  /** By the name that an operator types. */
  readonly projections: Readonly<Record<string, RebuildableProjection>>;
}

const settingsSchema = z.object({
  LOG_LEVEL: commonSettings.LOG_LEVEL,
  ...natsSettings,
  ...databaseSettings,
});

/** No such projection; the message names those there are. */
export class UnknownProjection extends Error {
  readonly code = 'UNKNOWN_PROJECTION';
  constructor(given: string, known: readonly string[]) {
    super(`there is no projection "${given}": ${known.join(', ')}`);
    this.name = 'UnknownProjection';
  }
}

/**
 * Empties read models so that the service builds them again from the log; with the service's own settings and role.
 * @param waitMs how long a replica that was just stopped may seem to be there still, in milliseconds.
 * @throws {UnknownProjection | ProjectionInUse | InvalidSettings} before anything was changed.
 */
export async function rebuild(
  { service, database, projections }: RebuildDefinition,
  names: readonly string[],
  environment: NodeJS.ProcessEnv,
  waitMs?: number,
): Promise<void> {
  const chosen = names.map((name) => {
    const projection = projections[name];
    if (!projection) throw new UnknownProjection(name, Object.keys(projections));
    return projection;
  });
  const settings = loadSettings(`${service} rebuild`, settingsSchema, environment);
  const log = createLogger(service, settings.LOG_LEVEL);
  const nats = await connectNats(settings, `${service} rebuild`, log);
  try {
    const { manager } = await EventStore.open(nats);
    for (const { consumer } of chosen) await projectionIdle(manager, consumer, waitMs);
    const orm = await openDatabase(database, settings, log);
    try {
      for (const projection of chosen) {
        await rebuildProjection(orm, projection);
        log.info({ projection: projection.consumer.name }, 'emptied; the service rebuilds it when it starts');
      }
    } finally {
      await orm.close();
    }
  } finally {
    await nats.close();
  }
}

/** The `main` of a service's `rebuild` program: the arguments name projections. */
export async function runRebuild(definition: RebuildDefinition): Promise<void> {
  const names = process.argv.slice(2);
  if (names.length === 0 || names.includes('--help')) {
    console.log(`Empties read models of the stopped ${definition.service} service; started again, it builds them from the log.

  node rebuild.js <projection>…     with the service's NATS_URL and DATABASE_URL

Projections: ${Object.keys(definition.projections).join(', ')}`);
    process.exitCode = names.length === 0 ? 1 : 0;
    return;
  }
  try {
    await rebuild(definition, names, process.env);
  } catch (error) {
    console.error(error instanceof Error && 'code' in error ? error.message : error);
    process.exitCode = 1;
  }
}
