import { IsolationLevel } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ReplayReport } from '@undertone/contracts/replay/replay-report';
import { feedbackOf } from '../prompt-reports/compare-versions.js';
import { tallyReplay } from '../replay-run/replay-tally.js';
import type { ReplayRow } from '../replays/replay.entity.js';
import { isPublished } from '../replays/shown-insights.js';

const FAILURES = 100;
const PAIRS = 10;

type Side = ReplayReport['new'];

/**
 * The replay's insights against the ones from before it, of the same snapshots: what an operator looks at before the
 * rest is written, or before it is activated. All of it is of the same moment, also while jobs end.
 */
export function reportOnReplay(em: EntityManager, replay: ReplayRow): Promise<ReplayReport> {
  return em.transactional((snapshot) => reportIn(snapshot, replay), {
    isolationLevel: IsolationLevel.REPEATABLE_READ,
    readOnly: true,
  });
}

async function reportIn(em: EntityManager, replay: ReplayRow): Promise<ReplayReport> {
  const mine = `select * from generated_insight where replay_id = ?`;
  // The newest of each snapshot that was there before this replay's was written.
  const others = `
    select distinct on (i.snapshot_id) i.* from generated_insight i
    join generated_insight mine on mine.replay_id = ? and mine.snapshot_id = i.snapshot_id
      and mine.insight_type = i.insight_type
    where i.sequence < mine.sequence and i.replay_id is distinct from mine.replay_id and ${isPublished('i')}
    order by i.snapshot_id, i.sequence desc`;
  const failures: FailureRow[] = await em.execute(
    `select snapshot_id, user_id, job_id, problem from replay_item
     where replay_id = ? and status = 'failed' order by ended_at limit ?`,
    [replay.id, FAILURES],
  );
  const pairs: { snapshot_id: string; new_id: string; old_id: string | null }[] = await em.execute(
    `select n.snapshot_id, n.id as new_id, o.id as old_id from (${mine}) n
     left join (${others}) o on o.snapshot_id = n.snapshot_id
     order by md5(n.id::text) limit ?`,
    [replay.id, replay.id, PAIRS],
  );
  const { failed } = await tallyReplay(em, replay.id);
  return {
    replay_id: replay.id,
    new: await sideOf(em, mine, replay.id, failed),
    old: await sideOf(em, others, replay.id, await failedBefore(em, replay)),
    failures: failures.map((row) => ({
      snapshot_id: row.snapshot_id,
      user_id: row.user_id,
      task_id: row.job_id,
      code: row.problem?.code ?? '',
      message: row.problem?.message ?? '',
    })),
    pairs: pairs.map((row) => ({
      snapshot_id: row.snapshot_id,
      new_insight_id: row.new_id,
      old_insight_id: row.old_id,
    })),
  };
}

interface FailureRow {
  snapshot_id: string;
  user_id: string;
  job_id: string;
  problem: { code: string; message: string } | null;
}

/** Of the replay's snapshots, those that a job failed of before it was ordered, and that had no insight then. */
async function failedBefore(em: EntityManager, replay: ReplayRow): Promise<number> {
  const [row]: { count: string }[] = await em.execute(
    `select count(distinct f.snapshot_id) as count from replay_item item
     join generation_failure f on f.snapshot_id = item.snapshot_id and f.insight_type = ? and f.failed_at < ?
     where item.replay_id = ? and not exists (
       select 1 from generated_insight i where i.snapshot_id = f.snapshot_id and i.insight_type = f.insight_type
         and i.generated_at < ? and ${isPublished('i')})`,
    [replay.order.insight_type, replay.requestedAt, replay.id, replay.requestedAt],
  );
  return Number(row?.count ?? 0);
}

async function sideOf(em: EntityManager, insights: string, replayId: string, failed: number): Promise<Side> {
  const [row]: Record<string, unknown>[] = await em.execute(
    `select count(*) as insights, avg(prompt_tokens + completion_tokens) as tokens, avg(cost_usd) as usd,
       avg(length(content)) as characters,
       count(*) filter (where calls > 1) as repaired, count(calls) as calls_known,
       count(*) filter (where helpful) as helpful, count(*) filter (where not helpful) as unhelpful,
       percentile_cont(0.5) within group (order by generation_ms) as median,
       percentile_cont(0.95) within group (order by generation_ms) as p95,
       to_json(array_agg(distinct prompt_version)) as versions, to_json(array_agg(distinct llm_model)) as models
     from (${insights}) side left join insight_feedback on insight_id = id`,
    [replayId],
  );
  const number = (name: string) => (row?.[name] == null ? null : Number(row[name]));
  const texts = (name: string) => ((row?.[name] ?? []) as (string | null)[]).filter((text) => text !== null);
  return {
    prompt_versions: texts('versions'),
    llm_models: texts('models'),
    insights: number('insights') ?? 0,
    failed,
    repaired: { insights: number('repaired') ?? 0, known_for: number('calls_known') ?? 0 },
    feedback: feedbackOf(number('helpful') ?? 0, number('unhelpful') ?? 0),
    tokens: number('tokens'),
    usd: number('usd'),
    generation_ms: { median: number('median'), p95: number('p95') },
    characters: number('characters'),
  };
}
