import type { ProjectionPlace } from '@undertone/contracts/operations/projection';
import type { LaneState } from '@undertone/contracts/operations/queue';
import type { ServicePart } from '@undertone/contracts/operations/system';
import type { Worker } from '@undertone/contracts/operations/worker';
import { type RpcDefinition, repeatedSubject } from '@undertone/contracts/rpc';
import type { ServiceName } from '@undertone/contracts/service-name';
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

export const examplePlace: ProjectionPlace = {
  projection: 'ingestion-plays',
  service: 'ingestion',
  stream: 'LISTENING',
  sequence: 10,
  last: 12,
  behind: 2,
  oldest_seconds: 3,
  fault: null,
};

const exampleStream = {
  name: 'LISTENING',
  messages: 12,
  bytes: 1_200,
  first_at: '2026-11-20T09:00:00.000Z',
  last_at: '2026-11-30T09:00:00.000Z',
  keeps_days: null,
  in_30_days: 4_800,
};

export const examplePart = (service: ServiceName): ServicePart => ({
  service,
  version: '0.1.0',
  node: 'v26.0.0',
  memory_bytes: 100_000_000,
  database: {
    version: '18.0',
    pool: { open: 2, idle: 1, waiting: 0, most: 10 },
    tables: [{ name: 'play', rows: 100, table_bytes: 8_192, index_bytes: 16_384, growth_per_day: 1_024 }],
    slowest: [{ query: 'select $1', calls: 2, mean_ms: 1.5, total_ms: 3 }],
  },
  streams: [exampleStream],
  ...(service === 'insight' && {
    budgets: {
      day: '2026-11-30',
      resets_at: '2026-12-01T00:00:00.000Z',
      tokens: { limit: 100_000, used: 1_200 },
      usd: { limit: null, used: 0.01 },
      per_person: { tokens: { limit: null, used: 900 }, usd: { limit: 1, used: 0.01 } },
    },
  }),
});
