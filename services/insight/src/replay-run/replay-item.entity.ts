import { defineEntity, p } from '@mikro-orm/core';
import type { JobProblem } from '@undertone/contracts/jobs/job';

/** Read model: what became of each snapshot of a replay, from its jobs. */
export const ReplayItem = defineEntity({
  name: 'ReplayItem',
  tableName: 'replay_item',
  indexes: [
    { name: 'replay_item_status', properties: ['replayId', 'status'] },
    { name: 'replay_item_job', properties: ['jobId'] },
    { name: 'replay_item_ended', properties: ['replayId', 'endedAt'] },
  ],
  properties: {
    replayId: p.uuid().primary(),
    snapshotId: p.uuid().primary(),
    userId: p.uuid(),
    /** Of its newest try; the rounds of a replay count from 1. */
    jobId: p.uuid(),
    round: p.integer(),
    status: p.string().$type<'requested' | 'written' | 'failed'>(),
    /** Tries that a worker began, of all rounds, without those that were put back. */
    attempts: p.integer(),
    problem: p.json<JobProblem>().nullable(),
    /** The job was put back until then. */
    holdUntil: p.datetime().nullable(),
    requestedAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    /** Stream sequence of the last event that is in it. */
    sequence: p.bigint('number').defaultRaw('0'),
  },
});
