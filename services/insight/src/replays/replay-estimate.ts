import type { EntityManager } from '@mikro-orm/postgresql';
import type { InsightType } from '@undertone/contracts/insight/insight';
import type { ReplayEstimate } from '@undertone/contracts/replay/replay';
import type { Most } from './room-in-budget.js';
import { countScope, type Scope } from './wanted-snapshots.js';

/** Past insights that means are taken over. */
const SAMPLE = 500;
/** The rule of thumb for English text of OpenAI's tokenizers: platform.openai.com/tokenizer. */
const CHARACTERS_A_TOKEN = 4;
/** What an answer of the schemas here takes, where none was seen. */
const ANSWER_TOKENS = 400;

export interface PastInsights {
  readonly sample: number;
  readonly tokens: number | null;
  readonly usd: number | null;
  readonly generationMs: number | null;
  /** What the one took that took most. */
  readonly most: Most;
}

/** Means over the newest insights of a type that a language model wrote. */
export async function pastInsights(em: EntityManager, type: InsightType): Promise<PastInsights> {
  const [row]: Record<string, string | null>[] = await em.execute(
    `select count(*) as sample, avg(prompt_tokens + completion_tokens) as tokens, avg(cost_usd) as usd,
       avg(generation_ms) as ms, max(prompt_tokens + completion_tokens) as most_tokens, max(cost_usd) as most_usd
     from (select * from generated_insight
       where insight_type = ? and prompt_tokens is not null order by sequence desc limit ?) newest`,
    [type, SAMPLE],
  );
  const number = (name: string) => (row?.[name] == null ? null : Number(row[name]));
  return {
    sample: number('sample') ?? 0,
    tokens: number('tokens'),
    usd: number('usd'),
    generationMs: number('ms'),
    most: { tokens: number('most_tokens'), usd: number('most_usd') },
  };
}

/**
 * What one insight may take, as long as the replay has not written one: as much as one of the newest took, or, as where
 * every answer is rejected and no insight says it, as a call took or reserved since yesterday.
 */
export async function mostBefore(em: EntityManager, type: InsightType): Promise<Most> {
  const { most } = await pastInsights(em, type);
  const [call]: Record<string, string | null>[] = await em.execute(
    `select max(coalesce(spent_tokens, reserved_tokens)) as tokens, nullif(max(coalesce(spent_usd, reserved_usd)), 0) as usd
     from model_spending where day >= (now() at time zone 'utc')::date - 1`,
  );
  const orCall = (known: number | null, one: string | null | undefined) =>
    known ?? (one == null ? null : Number(one));
  return { tokens: orCall(most.tokens, call?.tokens), usd: orCall(most.usd, call?.usd) };
}

/**
 * What a replay would take if every try succeeded.
 * @param promptCharacters length of the version's messages.
 * @param atOnce jobs that run at once, of all replicas.
 */
export async function estimateReplay(
  em: EntityManager,
  scope: Scope & { readonly insightType: InsightType },
  promptCharacters: number,
  atOnce: number,
): Promise<ReplayEstimate> {
  const { snapshots, withInsight } = await countScope(em, scope);
  const past = await pastInsights(em, scope.insightType);
  const known = past.sample > 0;
  const each = past.tokens ?? promptCharacters / CHARACTERS_A_TOKEN + ANSWER_TOKENS;
  return {
    snapshots,
    with_insight: withInsight,
    calls: snapshots,
    tokens: Math.ceil(snapshots * each),
    usd: past.usd === null ? null : snapshots * past.usd,
    seconds:
      past.generationMs === null
        ? null
        : Math.ceil((snapshots * past.generationMs) / 1000 / Math.max(1, atOnce)),
    based_on: known ? 'past_insights' : 'prompt_size',
    sample: past.sample,
  };
}
