import { z } from 'zod';
import { id } from '../id.js';
import { cursor } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { replay, replayBudget, replayOrder, replayOrdered } from './replay.js';
import { replayReport } from './replay-report.js';

/** The same order again, while its replay is not over, is that replay. */
export const orderReplay = defineRpc({
  service: 'insight',
  question: 'order-replay',
  access: 'admin',
  isWrite: true,
  input: z.object({
    order: replayOrder,
    dry_run: z.boolean(),
    idempotency_key: z.string().min(1).max(255).optional(),
  }),
  output: replayOrdered,
  timeoutMs: 15_000,
});

export const replayQuery = z.strictObject({ cursor });

/** The newest first, as many as fit into an answer. */
export const listReplays = defineRpc({
  service: 'insight',
  question: 'list-replays',
  access: 'admin',
  input: replayQuery,
  output: z.object({ replays: z.array(replay).max(100), next: z.string().nullable().optional() }),
});

export const getReplay = defineRpc({
  service: 'insight',
  question: 'get-replay',
  access: 'admin',
  input: z.object({ replay_id: id }),
  output: z.object({ replay: replay.nullable() }),
});

export const getReplayReport = defineRpc({
  service: 'insight',
  question: 'get-replay-report',
  access: 'admin',
  input: z.object({ replay_id: id }),
  output: z.object({ report: replayReport.nullable() }),
});

export const replayControl = z.discriminatedUnion('action', [
  z.object({ action: z.enum(['go', 'pause', 'cancel', 'rollback']) }),
  /** A budget here replaces the one it was ordered with. */
  z.object({ action: z.literal('resume'), budget: replayBudget.optional() }),
  z.object({ action: z.literal('activate'), allow_failures: z.boolean() }),
]);
export type ReplayControl = z.output<typeof replayControl>;

/** One decision on a replay; the answer shows it with the decision made. */
export const controlReplay = defineRpc({
  service: 'insight',
  question: 'control-replay',
  access: 'admin',
  isWrite: true,
  input: z.object({ replay_id: id, control: replayControl }),
  output: z.object({ replay }),
  timeoutMs: 15_000,
});
