import { setTimeout as sleep } from 'node:timers/promises';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { reached, sessionOptions } from '../database/open-database.js';
import type { DatabaseSettings } from '../settings/server-settings.js';

/** Whoever comes after a statement that waits for its lock waits as long. */
const LOCK_TIMEOUT = '500ms';
const TRIES = 4;
const PAUSE_MS = 500;
/** Longer than anything that is done on one. */
const IDLE_MS = 60 * 60_000;

/** Code of Postgres: somebody uses the table. */
const IN_USE = '55P03';

/** One connection of its own, whose statements wait for a lock for half a second at most. It is kept until the work is done. */
export async function withBriefLocks<T>(
  server: DatabaseSettings,
  work: (em: EntityManager) => Promise<T>,
): Promise<T> {
  const { driverOptions, ...options } = reached(server);
  const orm = await MikroORM.init({
    ...options,
    driverOptions: { ...driverOptions, options: sessionOptions({ lock_timeout: LOCK_TIMEOUT }) },
    pool: { min: 0, max: 1, idleTimeoutMillis: IDLE_MS },
    entities: [],
    discovery: { warnWhenNoEntities: false },
    contextName: 'brief locks',
  });
  try {
    return await work(orm.em.fork());
  } finally {
    await orm.close();
  }
}

/** Does what takes a lock, a few times where somebody else has it. @returns whether it could be done. */
export async function unlessInUse(work: () => Promise<unknown>): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work();
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== IN_USE) throw error;
      if (tries === TRIES) return false;
      await sleep(PAUSE_MS);
    }
  }
}
