import type { EntityManager } from '@mikro-orm/postgresql';
import type { RecordedEvent } from '@undertone/contracts/event';
import { LabelMoved } from '@undertone/contracts/prompt/label-moved';
import { Replay, type ReplayRow } from './replay.entity.js';
import { noReplay, type ReplayState, replayDecider } from './replay.js';

/**
 * Keeps `replay`, in the transaction that keeps the insights: a replay is shown to readers by one event, and with
 * everything before it in the log applied.
 * @returns the events that change what readers see.
 */
export async function applyReplayEvents(
  events: readonly RecordedEvent[],
  em: EntityManager,
): Promise<RecordedEvent[]> {
  const ids = new Set(events.flatMap((event) => replayIdOf(event) ?? []));
  if (ids.size === 0) return [];
  const found = await em.find(Replay, { id: { $in: [...ids] } }, { disableIdentityMap: true });
  const rows = new Map<string, ReplayRow>(found.map((row) => [row.id, { ...row }]));
  const switches: RecordedEvent[] = [];
  for (const event of events) {
    const id = replayIdOf(event);
    if (id === undefined) continue;
    const before = rows.get(id);
    const row = afterLabelMove(before, event) ?? afterDecision(id, before, event);
    if (row === undefined) continue;
    if (row.activatedSequence !== (before?.activatedSequence ?? null)) switches.push(event);
    rows.set(id, row);
  }
  await em.upsertMany(Replay, [...rows.values()]);
  return switches;
}

const replayIdOf = (event: RecordedEvent): string | undefined =>
  event.subject.startsWith('replay.') ? event.subject.split('.')[1] : LabelMoved.read(event)?.replay_id;

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
