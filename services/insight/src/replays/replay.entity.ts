import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { ReplayBudget, ReplayPhase } from '@undertone/contracts/replay/replay';
import type { ReplayRequestedData } from '@undertone/contracts/replay/replay-events';
import type { ReplayState } from './replay.js';

/** Read model: every replay, and whether readers see what it wrote. */
export const Replay = defineEntity({
  name: 'Replay',
  tableName: 'replay',
  properties: {
    id: p.uuid().primary(),
    order: p.json<ReplayRequestedData>(),
    status: p.string().$type<ReplayState['status']>(),
    phase: p.string().$type<ReplayPhase>(),
    pauseReason: p.string().$type<'operator' | 'budget'>().nullable(),
    round: p.integer(),
    budget: p.json<ReplayBudget>(),
    completed: p.json<NonNullable<ReplayState['completed']>>().nullable(),
    requestedAt: p.datetime(),
    /** Of the event that shows it; absent while readers do not see it. */
    activatedSequence: p.bigint('number').nullable(),
    activatedAt: p.datetime().nullable(),
    rolledBack: p.boolean(),
  },
});
export type ReplayRow = InferEntity<typeof Replay>;
