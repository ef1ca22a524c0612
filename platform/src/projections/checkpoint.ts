import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { BuiltFrom } from './built-from.js';

/** Where a projection is, and in which log. */
export interface Checkpoint {
  /** Stream sequence up to which the projection's tables are complete; 0 before the first event. */
  readonly sequence: number;
  /** When the stream was made, in the server's words; absent: not learned yet. */
  readonly log?: string | undefined;
  /** An event that was applied, and when the log took it. */
  readonly landmark?: Landmark | undefined;
  /** What the tables were built from; absent: before the first event, or an older release did not note it. */
  readonly builtFrom?: BuiltFrom | undefined;
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
  built_from: BuiltFrom | null;
}

const columns = 'sequence, log, landmark, landmark_at, built_from';

function checkpointOf(row: Row | undefined): Checkpoint {
  if (!row) return { sequence: 0 };
  const { sequence, log, landmark, landmark_at: at, built_from: builtFrom } = row;
  return {
    sequence: Number(sequence),
    ...(log !== null && { log }),
    ...(landmark !== null && at !== null && { landmark: { sequence: Number(landmark), at: new Date(at) } }),
    ...(builtFrom !== null && { builtFrom }),
  };
}

/** Stream sequence up to which a projection's tables are complete; 0 before the first event. */
export async function readCheckpoint(orm: MikroORM, name: string): Promise<number> {
  return (await readWholeCheckpoint(orm.em.fork(), name)).sequence;
}

/**
 * SQL of a `projection_checkpoint`'s row: the sequence up to which its tables are complete for a decision. What was skipped is
 * behind it, so that whoever decides reads the log from there, and meets what this release cannot read.
 */
export const completeUpTo = `least(sequence,
  (select min(skipped.at::bigint) - 1 from jsonb_each_text(built_from -> 'skipped') as skipped(event, at)))`;

/** The same of a checkpoint. */
export const completeIn = ({ sequence, builtFrom }: Checkpoint): number =>
  Math.min(sequence, ...Object.values(builtFrom?.skipped ?? {}).map((skipped) => skipped - 1));

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
 * @param to where it is now; of a landmark and what it was built from it keeps what it has where none is given.
 */
export async function moveCheckpoint(em: EntityManager, name: string, to: Checkpoint): Promise<void> {
  const { sequence, log, landmark, builtFrom } = to;
  await em.execute(
    `update projection_checkpoint set sequence = ?, log = coalesce(?, log), updated_at = now() where name = ?`,
    [sequence, log ?? null, name],
  );
  if (builtFrom) await noteBuiltFrom(em, name, builtFrom);
  if (!landmark) return;
  await em.execute('update projection_checkpoint set landmark = ?, landmark_at = ? where name = ?', [
    landmark.sequence,
    landmark.at,
    name,
  ]);
}

/** Notes what the tables of a checkpoint were built from. */
export async function noteBuiltFrom(em: EntityManager, name: string, builtFrom: BuiltFrom): Promise<void> {
  await em.execute('update projection_checkpoint set built_from = ?::jsonb where name = ?', [
    JSON.stringify(builtFrom),
    name,
  ]);
}

/** Puts a locked checkpoint to another place, or into another log, where it has no landmark yet. */
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

/** Notes what the tables were built from where an older release left it without. */
export async function learnBuiltFrom(em: EntityManager, name: string, builtFrom: BuiltFrom): Promise<void> {
  await em.execute(
    'update projection_checkpoint set built_from = ?::jsonb where name = ? and built_from is null',
    [JSON.stringify(builtFrom), name],
  );
}
