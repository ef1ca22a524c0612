import type { EntityManager } from '@mikro-orm/postgresql';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { Fallback } from '@undertone/contracts/insight/insight';
import { LabelMoved } from '@undertone/contracts/prompt/label-moved';
import { noReplay, type ReplayState, replayDecider } from './replay.js';
import { Replay, type ReplayRow } from './replay.entity.js';

/** What an insight's row says of what it took. */
export interface WrittenInsight {
  readonly replayId: string | null;
  readonly calls: number | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly costUsd: number | null;
  readonly fallbacks: readonly Fallback[];
}

/**
 * Keeps `replay`, in the transaction that keeps the insights: a replay is shown to readers by one event, and with
 * everything before it in the log applied.
 * @param written the insights among the events, by their sequences.
 * @returns the events that change what readers see.
 */
export async function applyReplayEvents(
  events: readonly RecordedEvent[],
  written: ReadonlyMap<number, WrittenInsight>,
  em: EntityManager,
): Promise<RecordedEvent[]> {
  const idOf = (event: RecordedEvent) => written.get(event.sequence)?.replayId ?? replayIdOf(event);
  const ids = new Set(events.flatMap((event) => idOf(event) ?? []));
  if (ids.size === 0) return [];
  const found = await em.find(Replay, { id: { $in: [...ids] } }, { disableIdentityMap: true });
  const rows = new Map<string, ReplayRow>(found.map((row) => [row.id, { ...row }]));
  const switches: RecordedEvent[] = [];
  for (const event of events) {
    const id = idOf(event);
    if (id === undefined) continue;
    const before = rows.get(id);
    const insight = written.get(event.sequence);
    const row = insight
      ? afterInsight(before, insight)
      : (afterLabelMove(before, event) ?? afterDecision(id, before, event));
    if (row === undefined) continue;
    if (row.activatedSequence !== (before?.activatedSequence ?? null)) switches.push(event);
    rows.set(id, row);
  }
  await em.upsertMany(Replay, [...rows.values()]);
  return switches;
}

const replayIdOf = (event: RecordedEvent): string | undefined =>
  event.subject.startsWith('replay.') ? event.subject.split('.')[1] : LabelMoved.read(event)?.replay_id;

/** Adds what an insight took. Of releases that did not say it, one with tokens took one call. */
function afterInsight(row: ReplayRow | undefined, insight: WrittenInsight): ReplayRow | undefined {
  if (!row) return undefined;
  const { promptTokens, completionTokens, costUsd } = insight;
  const asked = insight.fallbacks.filter(({ code }) => code !== 'LLM_CONTEXT_EXCEEDED').length;
  const calls = (insight.calls ?? (promptTokens === null ? 0 : 1)) + asked;
  const tokens = (promptTokens ?? 0) + (completionTokens ?? 0);
  return {
    ...row,
    calls: row.calls + calls,
    tokens: row.tokens + tokens,
    mostTokens: Math.max(row.mostTokens, tokens),
    usd: costUsd === null ? row.usd : (row.usd ?? 0) + costUsd,
    mostUsd: costUsd === null ? row.mostUsd : Math.max(row.mostUsd ?? 0, costUsd),
  };
}

function afterLabelMove(row: ReplayRow | undefined, event: RecordedEvent): ReplayRow | undefined {
  const move = LabelMoved.read(event);
  if (!move || !row || move.label !== 'production') return undefined;
  const shown = row.activatedSequence === null;
  return {
    ...row,
    activatedSequence: shown ? event.sequence : null,
    activatedAt: shown ? new Date(move.moved_at) : null,
    rolledBack: !shown,
  };
}

function afterDecision(id: string, row: ReplayRow | undefined, event: RecordedEvent): ReplayRow | undefined {
  const state = replayDecider.evolve(row ? stateOf(row) : noReplay, event);
  if (!state.order) return undefined;
  const { order, status, phase, pauseReason, round, budget, completed } = state;
  return {
    id,
    order,
    status,
    phase,
    pauseReason,
    round,
    budget,
    completed: completed ?? null,
    requestedAt: new Date(order.requested_at),
    activatedSequence: row?.activatedSequence ?? null,
    activatedAt: row?.activatedAt ?? null,
    rolledBack: row?.rolledBack ?? false,
    calls: row?.calls ?? 0,
    tokens: row?.tokens ?? 0,
    mostTokens: row?.mostTokens ?? 0,
    usd: row?.usd ?? null,
    mostUsd: row?.mostUsd ?? null,
  };
}

const stateOf = (row: ReplayRow): ReplayState => ({
  order: row.order,
  status: row.status,
  phase: row.phase,
  pauseReason: row.pauseReason ?? null,
  round: row.round,
  budget: row.budget,
  completed: row.completed ?? undefined,
});
