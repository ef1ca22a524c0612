import { MikroORM } from '@mikro-orm/postgresql';
import { newId } from '@undertone/platform/ids/ids';
import type { InsightSettings } from '../settings.js';

/** What a call takes of the budgets. */
export interface Spending {
  readonly tokens: number;
  /** 0 where the price is not known. */
  readonly usd: number;
}

/** Budgets of one UTC day; what is absent is not limited. */
export type DayBudgets = Pick<
  InsightSettings,
  | 'LLM_BUDGET_TOKENS_PER_DAY'
  | 'LLM_BUDGET_USD_PER_DAY'
  | 'LLM_BUDGET_TOKENS_PER_PERSON_AND_DAY'
  | 'LLM_BUDGET_USD_PER_PERSON_AND_DAY'
>;

/** The call does not fit. */
export interface NoRoom {
  /** Of the budget that is used up. */
  readonly setting: keyof DayBudgets;
  /** When the next day begins. */
  readonly resetsAt: Date;
  /** Whether the call alone is more than the whole budget, so that no day is long enough. */
  readonly never: boolean;
}

const KEPT_DAYS = 40;
const TODAY = "(clock_timestamp() at time zone 'utc')::date";

/**
 * What calls of language models take of the day's budgets, in Postgres: an emptied Redis forgets nothing, nor does a
 * process that dies. A call's upper estimate counts from before it is made until its real usage is known, so replicas that
 * ask at once cannot pass a budget together.
 */
export class SpendingLedger {
  constructor(
    private readonly orm: MikroORM,
    private readonly budgets: DayBudgets,
  ) {}

  /** Takes the estimate out of the budgets, if all have room. @returns the reservation's id, or why there is none. */
  reserve(userId: string, modelId: string, estimate: Spending): Promise<string | NoRoom> {
    return this.orm.em.fork().transactional(async (em) => {
      // One after another: whoever sums sees all that was reserved before.
      await em.execute(`select pg_advisory_xact_lock(hashtext('insight: model spending'))`);
      const [sums] = await em.execute<[Record<string, string>]>(
        `select coalesce(sum(coalesce(spent_tokens, reserved_tokens)), 0) as tokens,
                coalesce(sum(coalesce(spent_usd, reserved_usd)), 0) as usd,
                coalesce(sum(coalesce(spent_tokens, reserved_tokens)) filter (where user_id = ?), 0) as own_tokens,
                coalesce(sum(coalesce(spent_usd, reserved_usd)) filter (where user_id = ?), 0) as own_usd,
                (extract(epoch from (${TODAY} + 1)::timestamp) * 1000)::bigint as resets_at
         from model_spending where day = ${TODAY}`,
        [userId, userId],
      );
      const noRoom = this.noRoom(sums, estimate);
      if (noRoom) return noRoom;
      const id = newId();
      await em.execute(
        `insert into model_spending (id, user_id, day, model_id, reserved_tokens, reserved_usd, at)
         values (?, ?, ${TODAY}, ?, ?, ?, now())`,
        [id, userId, modelId, estimate.tokens, estimate.usd],
      );
      await em.execute(`delete from model_spending where day < ${TODAY} - ${KEPT_DAYS}`);
      return id;
    });
  }

  /** The call ended, and this is what it took. */
  async settle(id: string, { tokens, usd }: Spending): Promise<void> {
    await this.orm.em
      .fork()
      .execute('update model_spending set spent_tokens = ?, spent_usd = ? where id = ?', [tokens, usd, id]);
  }

  /** The call was not made. */
  async release(id: string): Promise<void> {
    await this.orm.em.fork().execute('delete from model_spending where id = ?', [id]);
  }

  private noRoom(sums: Record<string, string>, { tokens, usd }: Spending): NoRoom | undefined {
    const checks = [
      ['LLM_BUDGET_TOKENS_PER_PERSON_AND_DAY', sums.own_tokens, tokens],
      ['LLM_BUDGET_USD_PER_PERSON_AND_DAY', sums.own_usd, usd],
      ['LLM_BUDGET_TOKENS_PER_DAY', sums.tokens, tokens],
      ['LLM_BUDGET_USD_PER_DAY', sums.usd, usd],
    ] as const;
    for (const [setting, used, more] of checks) {
      const limit = this.budgets[setting];
      // What costs nothing fits into any budget of money.
      if (limit === undefined || more === 0 || Number(used) + more <= limit) continue;
      return { setting, resetsAt: new Date(Number(sums.resets_at)), never: more > limit };
    }
    return undefined;
  }
}
