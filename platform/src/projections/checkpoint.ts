import { LockMode } from '@mikro-orm/core';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { ProjectionCheckpoint } from './projection-checkpoint.entity.js';

/** Stream sequence up to which a projection's tables are complete; 0 before the first event. */
export async function readCheckpoint(orm: MikroORM, name: string): Promise<number> {
  const sql = 'select sequence from projection_checkpoint where name = ?';
  const [found]: { sequence: string }[] = await orm.em.fork().execute(sql, [name]);
  return Number(found?.sequence ?? 0);
}

/** The same inside a transaction, where nobody else moves it any more. */
export async function lockCheckpoint(em: EntityManager, name: string): Promise<number> {
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const found = await em.findOne(ProjectionCheckpoint, { name }, locked);
  if (found) return found.sequence;
  // A row that is not there cannot be locked, and two replicas may be at their first batch at once.
  const first = { name, sequence: 0, updatedAt: new Date() };
  await em.upsert(ProjectionCheckpoint, first, { onConflictAction: 'ignore' });
  return (await em.findOneOrFail(ProjectionCheckpoint, { name }, locked)).sequence;
}

export async function moveCheckpoint(em: EntityManager, name: string, sequence: number): Promise<void> {
  await em.upsert(ProjectionCheckpoint, { name, sequence, updatedAt: new Date() });
}
