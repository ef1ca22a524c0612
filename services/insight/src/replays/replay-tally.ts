import type { EntityManager } from '@mikro-orm/postgresql';
import type { ReplayBudget } from '@undertone/contracts/replay/replay';

/** How far a replay is, and what it has used. */
export interface ReplayTally {
  readonly written: number;
  readonly failed: number;
  readonly underWay: number;
  readonly calls: number;
  readonly retries: number;
  readonly tokens: number;
  /** US dollars; null where no insight's price is known. */
  readonly usd: number | null;
  /** The latest moment before which the model asked not to be asked. */
  readonly holdUntil: Date | null;
  /** Insights that ended within the last minute. */
  readonly perMinute: number;
}

/** @param now for what was written within the last minute. */
export async function tallyReplay(em: EntityManager, replayId: string, now: Date): Promise<ReplayTally> {
  const [items]: Record<string, string | null>[] = await em.execute(
    `select count(*) filter (where status = 'written') as written,
       count(*) filter (where status = 'failed') as failed,
       count(*) filter (where status = 'requested') as under_way,
       coalesce(sum(attempts), 0) as calls,
       coalesce(sum(greatest(attempts - 1, 0)), 0) as retries,
       count(*) filter (where status = 'written' and ended_at > ?) as per_minute,
       to_json(max(hold_until)) #>> '{}' as hold_until
     from replay_item where replay_id = ?`,
    [new Date(now.getTime() - 60_000), replayId],
  );
  const [used]: Record<string, string | null>[] = await em.execute(
    `select coalesce(sum(coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0)), 0) as tokens,
       sum(cost_usd) as usd
     from generated_insight where replay_id = ?`,
    [replayId],
  );
  const number = (row: Record<string, string | null> | undefined, name: string) => Number(row?.[name] ?? 0);
  return {
    written: number(items, 'written'),
    failed: number(items, 'failed'),
    underWay: number(items, 'under_way'),
    calls: number(items, 'calls'),
    retries: number(items, 'retries'),
    perMinute: number(items, 'per_minute'),
    holdUntil: items?.hold_until ? new Date(items.hold_until) : null,
    tokens: number(used, 'tokens'),
    usd: used?.usd == null ? null : Number(used.usd),
  };
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

/** What one insight takes, by what was seen so far; what is unknown counts as nothing. */
export interface Means {
  readonly tokens: number;
  readonly usd: number;
}

/**
 * How many more insights the budget has room for, with those under way counted as if they were used already: so it is
 * passed by what one insight differs from the mean, and not by a whole window.
 */
export function roomInBudget(budget: ReplayBudget, tally: ReplayTally, before: Means): number {
  const ended = tally.written + tally.failed;
  const mean = (used: number, otherwise: number) => (tally.written > 0 ? used / tally.written : otherwise);
  const room = (limit: number | undefined, used: number, each: number): number => {
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    const left = limit - used - tally.underWay * each;
    if (left <= 0) return 0;
    return each === 0 ? Number.POSITIVE_INFINITY : Math.floor(left / each);
  };
  const begun = ended + tally.underWay;
  const calls =
    budget.calls === undefined ? Number.POSITIVE_INFINITY : budget.calls - Math.max(tally.calls, begun);
  return Math.max(
    0,
    Math.min(
      calls,
      room(budget.tokens, tally.tokens, mean(tally.tokens, before.tokens)),
      room(budget.usd, tally.usd ?? 0, mean(tally.usd ?? 0, before.usd)),
    ),
  );
}
