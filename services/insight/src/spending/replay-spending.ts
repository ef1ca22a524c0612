import type { EntityManager } from '@mikro-orm/postgresql';
import type { ReplayBudget } from '@undertone/contracts/replay/replay';
import { difference, NOTHING, type Spending } from './spending.js';

/** What a replay's calls took so far. */
export interface ReplayUse {
  readonly calls: number;
  /** Of calls that are under way, or did not say what they took, the upper estimate. */
  readonly tokens: number;
  /** US dollars; null where no call had a price. */
  readonly usd: number | null;
  /** The most that one call took or was taken to need; null where nothing says it. */
  readonly most: { readonly tokens: number | null; readonly usd: number | null };
}

/**
 * Takes a call out of its replay's budget, in the transaction that takes it out of the day's.
 * @param estimate the most that it may take.
 * @returns what of the budget has no room, and then nothing was taken.
 */
export async function takeFromReplay(
  em: EntityManager,
  replayId: string,
  estimate: Spending,
): Promise<keyof ReplayBudget | undefined> {
  const { calls, tokens, usd } = await addToReplay(em, replayId, { calls: 1, ...estimate }, estimate);
  const [replay]: { budget: ReplayBudget }[] = await em.execute('select budget from replay where id = ?', [
    replayId,
  ]);
  const used = { calls, tokens, usd: usd ?? 0 };
  const passed = (['calls', 'tokens', 'usd'] as const).find((unit) => {
    const more = unit === 'calls' ? 1 : estimate[unit];
    // What costs nothing fits into any budget of money.
    return more && used[unit] > (replay?.budget[unit] ?? Number.POSITIVE_INFINITY);
  });
  if (passed) await addToReplay(em, replayId, { calls: -1, ...difference(NOTHING, estimate) }, estimate);
  return passed;
}

/**
 * Adds to what a replay's calls took.
 * @param one what a single call takes.
 */
export async function addToReplay(
  em: EntityManager,
  replayId: string,
  { calls, tokens, usd }: Spending & { readonly calls: -1 | 0 | 1 },
  one: Spending,
): Promise<ReplayUse> {
  const [row]: Row[] = await em.execute(
    `insert into replay_spending as own (replay_id, calls, tokens, usd, most_tokens, most_usd)
     values (?, ?, ?::bigint, ?::float8, ?::bigint, ?::float8)
     on conflict (replay_id) do update set calls = own.calls + excluded.calls, tokens = own.tokens + excluded.tokens,
       usd = coalesce(own.usd + excluded.usd, own.usd, excluded.usd),
       most_tokens = greatest(own.most_tokens, excluded.most_tokens),
       most_usd = greatest(own.most_usd, excluded.most_usd)
     returning calls, tokens, usd, most_tokens, most_usd`,
    [replayId, calls, tokens, usd, one.tokens, one.usd],
  );
  return useOf(row);
}

/** What a replay's calls took so far. */
export async function replayUse(em: EntityManager, replayId: string): Promise<ReplayUse> {
  const [row]: Row[] = await em.execute('select * from replay_spending where replay_id = ?', [replayId]);
  return useOf(row);
}

type Row = Record<'calls' | 'tokens' | 'usd' | 'most_tokens' | 'most_usd', string | number | null>;

const orNull = (value: string | number | null | undefined) => (value == null ? null : Number(value));

const useOf = (row: Row | undefined): ReplayUse => ({
  calls: Number(row?.calls ?? 0),
  tokens: Number(row?.tokens ?? 0),
  usd: orNull(row?.usd),
  most: { tokens: orNull(row?.most_tokens), usd: orNull(row?.most_usd) },
});
