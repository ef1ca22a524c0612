import { IsolationLevel } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type {
  Replay as ReplayAnswer,
  ReplayProgress,
  ReplayStatus,
} from '@undertone/contracts/replay/replay';
import {
  heldUntil,
  type PutBack,
  putBack,
  type ReplayTally,
  tallyReplay,
  writtenInMinute,
} from '../replay-run/replay-tally.js';
import { countSnapshots } from '../replay-run/wanted-snapshots.js';
import type { ReplayRow } from '../replays/replay.entity.js';
import { replayUse } from '../spending/replay-spending.js';

/** A replay as operators see it, with how far it is at a moment: all figures are of the same one. */
export function replayView(em: EntityManager, row: ReplayRow, now: Date): Promise<ReplayAnswer> {
  return em.transactional((snapshot) => viewIn(snapshot, row, now), {
    isolationLevel: IsolationLevel.REPEATABLE_READ,
    readOnly: true,
  });
}

async function viewIn(em: EntityManager, row: ReplayRow, now: Date): Promise<ReplayAnswer> {
  const { order } = row;
  const tally = await tallyReplay(em, row.id);
  const { calls, tokens, usd } = await replayUse(em, row.id);
  const known = tally.written + tally.failed + tally.underWay;
  const through = row.completed?.through ?? Number.MAX_SAFE_INTEGER;
  const isOpen = row.status === 'running' || row.status === 'awaiting_go' || row.status === 'paused';
  const inScope = isOpen
    ? await countSnapshots(em, { insightType: order.insight_type, filter: order.filter, through })
    : known;
  const pace: Pace = {
    isRunning: row.status === 'running',
    perMinute: await writtenInMinute(em, row.id, now),
    holdUntil: isOpen ? await heldUntil(em, row.id, now) : null,
    putBack: isOpen ? await putBack(em, row.id, now) : null,
  };
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
    progress: { ...progressOf(tally, Math.max(inScope, known), pace, now), used: { calls, tokens, usd } },
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

interface Pace {
  readonly isRunning: boolean;
  readonly perMinute: number;
  readonly holdUntil: Date | null;
  readonly putBack: PutBack | null;
}

function progressOf(
  tally: ReplayTally,
  snapshots: number,
  pace: Pace,
  now: Date,
): Omit<ReplayProgress, 'used'> {
  const { written, failed, underWay } = tally;
  const { isRunning, perMinute, holdUntil, putBack: back } = pace;
  const waiting = snapshots - written - failed - underWay;
  const left = waiting + underWay;
  const from = (holdUntil ?? now).getTime();
  return {
    snapshots,
    written,
    failed,
    under_way: underWay,
    waiting,
    retries: tally.retries,
    hold_until: holdUntil?.toISOString() ?? null,
    put_back: back && { ...back, until: back.until.toISOString() },
    per_minute: perMinute,
    estimated_end:
      isRunning && perMinute > 0 ? new Date(from + (left / perMinute) * 60_000).toISOString() : null,
  };
}
