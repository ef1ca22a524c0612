import type { LaneState } from '@undertone/contracts/operations/queue';
import type { Worker } from '@undertone/contracts/operations/worker';
import { type RpcDefinition, repeatedSubject } from '@undertone/contracts/rpc';
import { newId } from '@undertone/platform/ids/ids';

/** The question as it is asked of all replicas. */
export const everyReplica = <I, O>(question: RpcDefinition<I, O>): RpcDefinition<I, O> => ({
  ...question,
  subject: repeatedSubject(question.subject),
});

export const exampleLane: LaneState = {
  queue: 'spotify',
  lane: 'bulk',
  service: 'ingestion',
  paused: true,
  depth: 4,
  workable: 1,
  ack_pending: 1,
  waiting: 2,
  oldest_seconds: 12,
  recent: { minutes: 5, requested: 3, ended: 2, failed: 1 },
};

export const exampleWorker: Worker = {
  service: 'ingestion',
  instance: 'ingestion-1a2b3c4d',
  version: '0.1.0',
  started_at: '2026-11-30T09:00:00.000Z',
  lanes: [
    {
      queue: 'spotify',
      lane: 'bulk',
      slots: 2,
      jobs: [{ task_id: newId(), job_type: 'ingest-listening-data', since: '2026-11-30T09:10:00.000Z' }],
      held: 0,
    },
  ],
};
