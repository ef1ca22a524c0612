import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { ReplayBudget } from '@undertone/contracts/replay/replay';
import { newId } from '@undertone/platform/ids/ids';
import type { DayBudgets } from './day-budgets.js';
import { addToReplay, takeFromReplay } from './replay-spending.js';
import { difference, NOTHING, type Spender, type Spending } from './spending.js';

/** The call does not fit into the budget of its replay. */
export interface NoRoomInReplay {
  readonly replayId: string;
  readonly unit: keyof ReplayBudget;
}

/** The call does not fit into a budget of the day. */
export interface NoRoomToday {
  /** Of the budget that is used up. */
  readonly setting: keyof DayBudgets;
  /** When the next day begins. */
  readonly resetsAt: Date;
  /** Whether the call alone is more than the whole budget, so that no day is long enough. */
  readonly never: boolean;
}

const KEPT_DAYS = 40;
const TODAY = "(clock_timestamp() at time zone 'utc')::date";

/** What a day's calls took, the one that asks among them. */
interface DayTotals {
  readonly day: string;
  readonly resetsAt: Date;
  readonly all: Spending;
  readonly own: Spending;
}

/**
 * What calls of language models take of the budgets of the day and of the replay that asks, in Postgres: an emptied Redis forgets nothing, nor does a
 * process that dies. A call's upper estimate counts from before it is made until its real usage is known, so replicas that
 * ask at once cannot pass a budget together.
 */
export class SpendingLedger {
  constructor(
    private readonly orm: MikroORM,
    private readonly budgets: DayBudgets,
  ) {}

  /** Takes the estimate out of the budgets, if all have room. @returns the reservation's id, or why there is none. */
  reserve(
    { userId, replayId }: Spender,
    modelId: string,
    estimate: Spending,
  ): Promise<string | NoRoomToday | NoRoomInReplay> {
    return this.orm.em.fork().transactional(async (em) => {
      const totals = await count(em, null, userId, estimate);
      const noRoom = this.noRoom(totals, estimate) ?? (await noRoomInReplay(em, replayId, estimate));
      if (noRoom) {
        await count(em, totals.day, userId, difference(NOTHING, estimate));
        return noRoom;
      }
      const id = newId();
      await em.execute(
        `insert into model_spending (id, user_id, replay_id, day, model_id, reserved_tokens, reserved_usd, at)
         values (?, ?, ?, ?, ?, ?, ?, now())`,
        [id, userId, replayId ?? null, totals.day, modelId, estimate.tokens, estimate.usd],
      );
      for (const table of ['model_spending', 'spending_total'])
        await em.execute(`delete from ${table} where day < ${TODAY} - ${KEPT_DAYS}`);
      return id;
    });
  }

  /** The call ended, and this is what it took. */
  settle(id: string, spent: Spending): Promise<void> {
    const change = 'update model_spending set spent_tokens = ?, spent_usd = ? where id = ?';
    return this.end(change, [spent.tokens, spent.usd, id], spent, 0);
  }

  /** The call was not made. */
  release(id: string): Promise<void> {
    return this.end('delete from model_spending where id = ?', [id], NOTHING, -1);
  }

  private end(change: string, values: unknown[], spent: Spending, calls: -1 | 0): Promise<void> {
    return this.orm.em.fork().transactional(async (em) => {
      const [call]: Call[] = await em.execute(
        `${change} returning user_id, replay_id, day::text, reserved_tokens, reserved_usd`,
        values,
      );
      if (!call) return;
      const reserved = { tokens: Number(call.reserved_tokens), usd: call.reserved_usd };
      const more = difference(spent, reserved);
      await count(em, call.day, call.user_id, more);
      if (call.replay_id) await addToReplay(em, call.replay_id, { calls, ...more }, spent);
    });
  }

  private noRoom({ all, own, resetsAt }: DayTotals, { tokens, usd }: Spending): NoRoomToday | undefined {
    const checks = [
      ['LLM_BUDGET_TOKENS_PER_PERSON_AND_DAY', own.tokens, tokens],
      ['LLM_BUDGET_USD_PER_PERSON_AND_DAY', own.usd, usd],
      ['LLM_BUDGET_TOKENS_PER_DAY', all.tokens, tokens],
      ['LLM_BUDGET_USD_PER_DAY', all.usd, usd],
    ] as const;
    for (const [setting, used, more] of checks) {
      const limit = this.budgets[setting];
      // What costs nothing fits into any budget of money.
      if (limit === undefined || !more || (used ?? 0) <= limit) continue;
      return { setting, resetsAt, never: more > limit };
    }
    return undefined;
  }
}

interface Call {
  readonly user_id: string;
  readonly replay_id: string | null;
  readonly day: string;
  readonly reserved_tokens: string;
  readonly reserved_usd: number | null;
}

async function noRoomInReplay(
  em: EntityManager,
  replayId: string | undefined,
  estimate: Spending,
): Promise<NoRoomInReplay | undefined> {
  const unit = replayId && (await takeFromReplay(em, replayId, estimate));
  return unit ? { replayId, unit } : undefined;
}

/**
 * Adds to a day's totals, null being today. The row of all is taken first, by everybody: so calls are counted one after
 * another, and nobody waits for somebody who waits for them.
 */
async function count(
  em: EntityManager,
  day: string | null,
  userId: string,
  { tokens, usd }: Spending,
): Promise<DayTotals> {
  const rows: Record<string, string>[] = await em.execute(
    `insert into spending_total as total (day, spender, tokens, usd)
     select coalesce(?::date, today), spender, ?::bigint, ?::float8
     from (select ${TODAY} as today offset 0) clock, unnest(array['all', ?]) spender
     on conflict (day, spender) do update set tokens = total.tokens + excluded.tokens, usd = total.usd + excluded.usd
     returning day::text, spender, tokens, usd, (extract(epoch from (day + 1)::timestamp) * 1000)::bigint as resets_at`,
    [day, tokens, usd ?? 0, userId],
  );
  const of = (spender: string): Spending => {
    const row = rows.find((one) => one.spender === spender);
    return { tokens: Number(row?.tokens), usd: Number(row?.usd) };
  };
  return {
    day: String(rows[0]?.day),
    resetsAt: new Date(Number(rows[0]?.resets_at)),
    all: of('all'),
    own: of(userId),
  };
}
