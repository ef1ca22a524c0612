import type { MikroORM } from '@mikro-orm/postgresql';
import type { ModelBudgets } from '@undertone/contracts/operations/system';
import type { DayBudgets } from './day-budgets.js';

interface Row {
  readonly day: string;
  readonly tokens: number;
  readonly usd: number;
  readonly most_tokens: number;
  readonly most_usd: number;
}

const USED = `
  select today.day::text as day,
    coalesce(sum(tokens) filter (where spender = 'all'), 0)::float8 as tokens,
    coalesce(sum(usd) filter (where spender = 'all'), 0)::float8 as usd,
    coalesce(max(tokens) filter (where spender <> 'all'), 0)::float8 as most_tokens,
    coalesce(max(usd) filter (where spender <> 'all'), 0)::float8 as most_usd
  from (select (clock_timestamp() at time zone 'utc')::date as day) today
  left join spending_total on spending_total.day = today.day
  group by today.day`;

/** The budgets of the day, and what is used of them. */
export async function budgetsToday(orm: MikroORM, budgets: DayBudgets): Promise<ModelBudgets> {
  const [row] = await orm.em.fork().execute<Row[]>(USED);
  if (!row) throw new Error('Postgres did not say what day it is');
  const of = (setting: keyof DayBudgets, used: number) => ({ limit: budgets[setting] ?? null, used });
  return {
    day: row.day,
    resets_at: new Date(Date.parse(row.day) + 86_400_000).toISOString(),
    tokens: of('LLM_BUDGET_TOKENS_PER_DAY', row.tokens),
    usd: of('LLM_BUDGET_USD_PER_DAY', row.usd),
    per_person: {
      tokens: of('LLM_BUDGET_TOKENS_PER_PERSON_AND_DAY', row.most_tokens),
      usd: of('LLM_BUDGET_USD_PER_PERSON_AND_DAY', row.most_usd),
    },
  };
}
