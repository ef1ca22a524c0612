import type { EntityManager } from '@mikro-orm/postgresql';

/** How far a replay is. */
export interface ReplayTally {
  readonly written: number;
  readonly failed: number;
  readonly underWay: number;
  readonly retries: number;
}

export async function tallyReplay(em: EntityManager, replayId: string): Promise<ReplayTally> {
  const [row]: Record<string, number>[] = await em.execute(
    'select under_way, written, failed, retries from replay_total where replay_id = ?',
    [replayId],
  );
  const { under_way: underWay = 0, written = 0, failed = 0, retries = 0 } = row ?? {};
  return { underWay, written, failed, retries };
}

/** Until when a model that answered 429 asked not to be asked; null where none did. */
export async function heldUntil(em: EntityManager, replayId: string, now: Date): Promise<Date | null> {
  const [row]: { until: string | null }[] = await em.execute(
    `select to_json(max(hold_until)) #>> '{}' as until from replay_item
     where replay_id = ? and status = 'requested' and problem->>'code' = 'LLM_RATE_LIMITED' and hold_until > ?`,
    [replayId, now],
  );
  return row?.until ? new Date(row.until) : null;
}

/** Jobs that wait their turn, by the code that most of them wait for. */
export interface PutBack {
  readonly code: string;
  readonly jobs: number;
  /** When the first of them goes on. */
  readonly until: Date;
}

export async function putBack(em: EntityManager, replayId: string, now: Date): Promise<PutBack | null> {
  const [row]: { code: string; jobs: string; until: string }[] = await em.execute(
    `select problem->>'code' as code, count(*) as jobs, to_json(min(hold_until)) #>> '{}' as until
     from replay_item where replay_id = ? and status = 'requested' and hold_until > ?
       and problem->>'code' in ('LLM_AWAY', 'LLM_BUDGET_EXHAUSTED', 'LLM_CALL_RATE_REACHED')
     group by 1 order by 2 desc limit 1`,
    [replayId, now],
  );
  return row ? { code: row.code, jobs: Number(row.jobs), until: new Date(row.until) } : null;
}

/** Insights that were written within the last minute. */
export async function writtenInMinute(em: EntityManager, replayId: string, now: Date): Promise<number> {
  const [row]: { count: string }[] = await em.execute(
    `select count(*) as count from replay_item where replay_id = ? and status = 'written' and ended_at > ?`,
    [replayId, new Date(now.getTime() - 60_000)],
  );
  return Number(row?.count ?? 0);
}

/** LISTENING sequence of the last snapshot that was requested; 0 where none was. */
export async function requestedThrough(em: EntityManager, replayId: string): Promise<number> {
  const [row]: { last: string | null }[] = await em.execute(
    `select max(s.sequence) as last from replay_item item
     join known_snapshot s on s.id = item.snapshot_id where item.replay_id = ?`,
    [replayId],
  );
  return Number(row?.last ?? 0);
}
