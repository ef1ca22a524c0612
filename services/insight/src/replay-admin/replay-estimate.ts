import type { EntityManager } from '@mikro-orm/postgresql';
import type { InsightType } from '@undertone/contracts/insight/insight';
import type { ReplayEstimate } from '@undertone/contracts/replay/replay';
import { countScope, type Scope } from '../replay-run/wanted-snapshots.js';

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
}

/** Means over the newest insights of a type that a language model wrote. */
export async function pastInsights(em: EntityManager, type: InsightType): Promise<PastInsights> {
  const [row]: Record<string, string | null>[] = await em.execute(
    `select count(*) as sample, avg(prompt_tokens + completion_tokens) as tokens, avg(cost_usd) as usd,
       avg(generation_ms) as ms
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
  };
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
