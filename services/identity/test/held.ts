import type { EntityManager } from '@mikro-orm/postgresql';
import { eventually } from '@undertone/platform/test-kit/eventually';
import type { RunningIdentity } from './running-identity.js';

/**
 * Has another transaction do something first, and the service wait for it: what it asks for comes to pass at the same moment, each time.
 * @param first what the other transaction does at once. @param then what it does, once the service waits for it.
 */
export async function heldUp<T>(
  { orm }: RunningIdentity,
  first: (em: EntityManager) => Promise<unknown>,
  ask: () => Promise<T>,
  then: (em: EntityManager) => Promise<unknown> = async () => undefined,
): Promise<PromiseSettledResult<T>> {
  const em = orm.em.fork();
  await em.begin();
  try {
    await first(em);
    const [own] = await em.execute<{ pid: number }[]>('select pg_backend_pid() as pid');
    const asking = Promise.allSettled([ask()]);
    await eventually('the service waits', async () => {
      const [row] = await orm.em
        .fork()
        .execute<{ n: number }[]>(
          'select count(*)::int as n from pg_stat_activity where ? = any(pg_blocking_pids(pid))',
          [own?.pid],
        );
      return (row?.n ?? 0) > 0;
    });
    await then(em);
    await em.commit();
    const [outcome] = await asking;
    return outcome;
  } finally {
    if (em.isInTransaction()) await em.rollback();
  }
}

/** Locks a user's row. */
export const lockUser = (userId: string) => (em: EntityManager) =>
  em.execute('select 1 from registered_user where id = ? for update', [userId]);

/** With what another transaction holds, a service that waits for it answers too late. */
export async function beside<T>(
  { orm }: RunningIdentity,
  held: (em: EntityManager) => Promise<unknown>,
  ask: () => Promise<T>,
): Promise<T> {
  const em = orm.em.fork();
  await em.begin();
  try {
    await held(em);
    return await ask();
  } finally {
    await em.rollback();
  }
}
