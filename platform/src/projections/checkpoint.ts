import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';

/** Stream sequence up to which a projection's tables are complete; 0 before the first event. */
export async function readCheckpoint(orm: MikroORM, name: string): Promise<number> {
  const sql = 'select sequence from projection_checkpoint where name = ?';
  const [found]: { sequence: string }[] = await orm.em.fork().execute(sql, [name]);
  return Number(found?.sequence ?? 0);
}

/** The same inside a transaction, where nobody else moves it any more. */
export async function lockCheckpoint(em: EntityManager, name: string): Promise<number> {
  const locked = 'select sequence from projection_checkpoint where name = ? for update';
  const [found]: { sequence: string }[] = await em.execute(locked, [name]);
  if (found) return Number(found.sequence);
  // A row that is not there cannot be locked, and two replicas may be at their first batch at once.
  await em.execute(
    'insert into projection_checkpoint (name, sequence, updated_at) values (?, 0, now()) on conflict do nothing',
    [name],
  );
  const [made]: { sequence: string }[] = await em.execute(locked, [name]);
  return Number(made?.sequence ?? 0);
}

/** @param name of a checkpoint that this transaction has locked. */
export async function moveCheckpoint(em: EntityManager, name: string, sequence: number): Promise<void> {
  const move = 'update projection_checkpoint set sequence = ?, updated_at = now() where name = ?';
  await em.execute(move, [sequence, name]);
}
