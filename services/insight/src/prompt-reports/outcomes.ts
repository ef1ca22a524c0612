import type { EntityManager } from '@mikro-orm/postgresql';
import type { PromptReportQuery } from '@undertone/contracts/prompt/prompt-report';

/** What an outcome is counted by. */
export interface OutcomeGroup {
  readonly prompt_version: string;
  readonly experiment_id: string | null;
  readonly variant: string | null;
}

export interface WrittenRow extends OutcomeGroup {
  readonly insights: number;
  readonly llm_models: string[];
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly median_ms: number;
  readonly p95_ms: number;
  readonly helpful: number;
  readonly unhelpful: number;
}

export interface FailedRow extends OutcomeGroup {
  readonly code: string;
  readonly failures: number;
}

const DAY_MS = 86_400_000;

/** The query's days as the moments from and before which something counts. */
function span({ from, to }: PromptReportQuery): [string, string] {
  const end = to && new Date(Date.parse(to) + DAY_MS).toISOString();
  return [from ?? '-infinity', end ?? 'infinity'];
}

/** Insights by version and variant. Feedback counts with the insight, whenever it was given. */
export function written(em: EntityManager, query: PromptReportQuery): Promise<WrittenRow[]> {
  return em.execute(
    `select prompt_version, experiment_id, variant,
        count(*)::int as insights,
        array_agg(distinct llm_model order by llm_model) as llm_models,
        coalesce(sum(prompt_tokens), 0)::float8 as prompt_tokens,
        coalesce(sum(completion_tokens), 0)::float8 as completion_tokens,
        percentile_cont(0.5) within group (order by generation_ms) as median_ms,
        percentile_cont(0.95) within group (order by generation_ms) as p95_ms,
        count(*) filter (where helpful)::int as helpful,
        count(*) filter (where not helpful)::int as unhelpful
      from generated_insight left join insight_feedback on insight_id = id
      where insight_type = ? and generated_at >= ? and generated_at < ?
      group by prompt_version, experiment_id, variant`,
    [query.name, ...span(query)],
  );
}

/** Failed generations by version, variant and reason. */
export function failed(em: EntityManager, query: PromptReportQuery): Promise<FailedRow[]> {
  return em.execute(
    `select prompt_version, experiment_id, variant, code, count(*)::int as failures
      from generation_failure
      where insight_type = ? and failed_at >= ? and failed_at < ?
      group by prompt_version, experiment_id, variant, code`,
    [query.name, ...span(query)],
  );
}
