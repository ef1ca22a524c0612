import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';

/** Where a projection is, and in which log. */
export interface Checkpoint {
  /** Stream sequence up to which the projection's tables are complete; 0 before the first event. */
  readonly sequence: number;
  /** When the stream was made, in the server's words; absent: not learned yet. */
  readonly log?: string | undefined;
  /** An event that was applied, and when the log took it. */
  readonly landmark?: Landmark | undefined;
}

/** An event by which a log is known again. */
export interface Landmark {
  readonly sequence: number;
  readonly at: Date;
}

interface Row {
  sequence: string;
  log: string | null;
  landmark: string | null;
  landmark_at: Date | string | null;
}

const columns = 'sequence, log, landmark, landmark_at';

function checkpointOf(row: Row | undefined): Checkpoint {
  if (!row) return { sequence: 0 };
  const { sequence, log, landmark, landmark_at: at } = row;
  return {
    sequence: Number(sequence),
    ...(log !== null && { log }),
    ...(landmark !== null && at !== null && { landmark: { sequence: Number(landmark), at: new Date(at) } }),
  };
}

/** Stream sequence up to which a projection's tables are complete; 0 before the first event. */
export async function readCheckpoint(orm: MikroORM, name: string): Promise<number> {
  return (await readWholeCheckpoint(orm.em.fork(), name)).sequence;
}

/** The same, with what tells which log it is of. */
export async function readWholeCheckpoint(em: EntityManager, name: string): Promise<Checkpoint> {
  const [found]: Row[] = await em.execute(`select ${columns} from projection_checkpoint where name = ?`, [
    name,
  ]);
  return checkpointOf(found);
}

/** The same inside a transaction, where nobody else moves it any more. */
export async function lockCheckpoint(em: EntityManager, name: string): Promise<Checkpoint> {
  const locked = `select ${columns} from projection_checkpoint where name = ? for update`;
  const [found]: Row[] = await em.execute(locked, [name]);
  if (found) return checkpointOf(found);
  // A row that is not there cannot be locked, and two replicas may be at their first batch at once.
  await em.execute(
    'insert into projection_checkpoint (name, sequence, updated_at) values (?, 0, now()) on conflict do nothing',
    [name],
  );
  const [made]: Row[] = await em.execute(locked, [name]);
  return checkpointOf(made);
}

/**
 * @param name of a checkpoint that this transaction has locked.
 * @param to where it is now; without a landmark it keeps the one that it has.
 */
export async function moveCheckpoint(em: EntityManager, name: string, to: Checkpoint): Promise<void> {
  const { sequence, log, landmark } = to;
  await em.execute(
    `update projection_checkpoint set sequence = ?, log = coalesce(?, log), updated_at = now() where name = ?`,
    [sequence, log ?? null, name],
  );
  if (!landmark) return;
  await em.execute('update projection_checkpoint set landmark = ?, landmark_at = ? where name = ?', [
    landmark.sequence,
    landmark.at,
    name,
  ]);
}

/** Puts a locked checkpoint into another log, where it has no landmark yet. */
export async function startCheckpoint(em: EntityManager, name: string, to: Checkpoint): Promise<void> {
  await em.execute(
    `update projection_checkpoint set sequence = ?, log = ?, landmark = null, landmark_at = null, updated_at = now()
      where name = ?`,
    [to.sequence, to.log ?? null, name],
  );
}

/** Notes which log a checkpoint is of: an older release left it without, or the same log was restored. */
export async function learnLog(em: EntityManager, name: string, log: string): Promise<void> {
  await em.execute('update projection_checkpoint set log = ? where name = ?', [log, name]);
}
