import type { EntityManager } from '@mikro-orm/postgresql';
import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { ReplayFilter } from '@undertone/contracts/replay/replay';
import { isShown } from '../replays/shown-insights.js';

/** Whose snapshots a replay is about. */
export interface Scope {
  readonly insightType: string;
  readonly filter: ReplayFilter;
  /** LISTENING sequence at which the filter ends. */
  readonly through: number;
}

/** A snapshot that has no insight of the replay yet, and the tone of its newest insight. */
export interface WantedSnapshot {
  readonly id: string;
  readonly userId: string;
  readonly tone: ToneMode;
  readonly sequence: number;
}

/** Conditions on `known_snapshot s` that its own row decides. */
function ofSnapshot({ filter, through }: Scope): { sql: string; values: unknown[] } {
  const conditions: [string, ...unknown[]][] = [['s.sequence <= ?', through]];
  if (filter.user_ids) conditions.push(['s.user_id = any(?::uuid[])', `{${filter.user_ids.join(',')}}`]);
  if (filter.from) conditions.push(['s.snapshot_date >= ?', filter.from]);
  if (filter.to) conditions.push(['s.snapshot_date <= ?', filter.to]);
  if (filter.time_range) conditions.push(['s.time_range = ?', filter.time_range]);
  return {
    sql: conditions.map(([sql]) => sql).join(' and '),
    values: conditions.flatMap(([, ...values]) => values),
  };
}

/** The scope in SQL, with each snapshot's newest shown insight of the type as `old`. */
function inScope(scope: Scope): { sql: string; values: unknown[] } {
  const { sql, values } = ofSnapshot(scope);
  // A replaced snapshot is in no list; its insight is.
  const seen = scope.filter.only_with_insight
    ? 'old.id is not null'
    : '(old.id is not null or not s.superseded)';
  return {
    sql: `from known_snapshot s left join lateral (
      select i.id, i.tone_mode from generated_insight i
      where i.snapshot_id = s.id and i.insight_type = ? and ${isShown('i')}
      order by i.sequence desc limit 1) old on true
      where ${sql} and ${seen}`,
    values: [scope.insightType, ...values],
  };
}

/** How many snapshots the filter has by now; without a look at insights of snapshots that are in it anyway. */
export async function countSnapshots(em: EntityManager, scope: Scope): Promise<number> {
  const { sql, values } = ofSnapshot(scope);
  const hasInsight = `exists (select 1 from generated_insight i
    where i.snapshot_id = s.id and i.insight_type = ? and ${isShown('i')})`;
  const seen = scope.filter.only_with_insight ? hasInsight : `(not s.superseded or ${hasInsight})`;
  const [row]: { count: string }[] = await em.execute(
    `select count(*) as count from known_snapshot s where ${sql} and ${seen}`,
    [...values, scope.insightType],
  );
  return Number(row?.count ?? 0);
}

/** How many snapshots the filter has by now, and how many of them an insight is shown of. */
export async function countScope(
  em: EntityManager,
  scope: Scope,
): Promise<{ snapshots: number; withInsight: number }> {
  const { sql, values } = inScope(scope);
  const [row]: { snapshots: string; with_insight: string }[] = await em.execute(
    `select count(*) as snapshots, count(old.id) as with_insight ${sql}`,
    values,
  );
  return { snapshots: Number(row?.snapshots ?? 0), withInsight: Number(row?.with_insight ?? 0) };
}

/**
 * The next snapshots to request, in the order of LISTENING: those that the replay has not requested yet, and in a later
 * round those that failed in an earlier one.
 */
export async function wantedSnapshots(
  em: EntityManager,
  scope: Scope,
  replay: { readonly id: string; readonly round: number },
  page: { readonly after: number; readonly limit: number },
): Promise<WantedSnapshot[]> {
  const { sql, values } = inScope(scope);
  const rows: SnapshotRow[] = await em.execute(
    `select s.id, s.user_id, s.sequence, coalesce(old.tone_mode, 'neutral') as tone ${sql}
     and s.sequence > ? and ${isMissing} order by s.sequence limit ?`,
    [...values, page.after, replay.id, replay.round, page.limit],
  );
  return rows.map(wanted);
}

/**
 * The same for the canary: the share of the snapshots with the lowest hashes, one at least. The hash is of the replay
 * and the snapshot, so each replay tries others and a replay that is asked again tries the same.
 */
export async function wantedCanary(
  em: EntityManager,
  scope: Scope,
  replay: { readonly id: string; readonly round: number; readonly share: number },
  limit: number,
): Promise<WantedSnapshot[]> {
  const { sql, values } = inScope(scope);
  const rows: SnapshotRow[] = await em.execute(
    `select * from (
       select s.id, s.user_id, s.sequence, coalesce(old.tone_mode, 'neutral') as tone,
         row_number() over (order by md5(?::text || s.id::text)) as place, count(*) over () as total ${sql}) s
     where place <= greatest(1, ceil(total * ?::float8)) and ${isMissing} order by place limit ?`,
    [replay.id, ...values, replay.share, replay.id, replay.round, limit],
  );
  return rows.map(wanted);
}

interface SnapshotRow {
  id: string;
  user_id: string;
  tone: ToneMode;
  sequence: string;
}

const wanted = (row: SnapshotRow): WantedSnapshot => ({
  id: row.id,
  userId: row.user_id,
  tone: row.tone,
  sequence: Number(row.sequence),
});

const isMissing = `not exists (
  select 1 from replay_item item
  where item.replay_id = ? and item.snapshot_id = s.id and (item.status <> 'failed' or item.round >= ?))`;
