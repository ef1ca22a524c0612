import type { EntityManager } from '@mikro-orm/postgresql';
import type {
  Replay as ReplayAnswer,
  ReplayProgress,
  ReplayStatus,
} from '@undertone/contracts/replay/replay';
import type { ReplayRow } from './replay.entity.js';
import { type ReplayTally, tallyReplay } from './replay-tally.js';
import { countScope } from './wanted-snapshots.js';

/** A replay as operators see it, with how far it is at a moment. */
export async function replayView(em: EntityManager, row: ReplayRow, now: Date): Promise<ReplayAnswer> {
  const { order } = row;
  const tally = await tallyReplay(em, row.id, now);
  const known = tally.written + tally.failed + tally.underWay;
  const through = row.completed?.through ?? Number.MAX_SAFE_INTEGER;
  const isOpen = row.status === 'running' || row.status === 'awaiting_go' || row.status === 'paused';
  const inScope = isOpen
    ? (await countScope(em, { insightType: order.insight_type, filter: order.filter, through })).snapshots
    : known;
  return {
    id: row.id,
    insight_type: order.insight_type,
    prompt_version: order.prompt_version,
    filter: order.filter,
    canary: order.canary ?? null,
    budget: row.budget,
    window: order.window,
    activate: order.activate,
    status: statusOf(row),
    phase: row.phase,
    pause_reason: row.pauseReason ?? null,
    progress: progressOf(tally, Math.max(inScope, known), isOpen && row.status === 'running', now),
    requested_at: row.requestedAt.toISOString(),
    completed_at: row.completed?.at ?? null,
    through_sequence: row.completed?.through ?? null,
    activated_at: row.activatedAt?.toISOString() ?? null,
  };
}

const statusOf = (row: ReplayRow): ReplayStatus => {
  if (row.activatedSequence) return 'active';
  return row.rolledBack ? 'rolled_back' : row.status;
};

function progressOf(tally: ReplayTally, snapshots: number, isRunning: boolean, now: Date): ReplayProgress {
  const { written, failed, underWay, perMinute, holdUntil } = tally;
  const waiting = snapshots - written - failed - underWay;
  const left = waiting + underWay;
  const hold = holdUntil && holdUntil > now ? holdUntil : null;
  const from = (hold ?? now).getTime();
  return {
    snapshots,
    written,
    failed,
    under_way: underWay,
    waiting,
    retries: tally.retries,
    used: { calls: tally.calls, tokens: tally.tokens, usd: tally.usd },
    hold_until: hold?.toISOString() ?? null,
    per_minute: perMinute,
    estimated_end:
      isRunning && perMinute > 0 ? new Date(from + (left / perMinute) * 60_000).toISOString() : null,
  };
}
