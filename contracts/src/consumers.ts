import { type Lane, type QueueDefinition, type QueueName, queues } from './jobs/queues.js';
import type { StreamName } from './streams.js';

/** A durable consumer of jobs: one a queue and lane, so that each lane has its own lag. */
export interface JobConsumerDefinition {
  readonly kind: 'jobs';
  readonly name: string;
  readonly service: string;
  readonly stream: 'JOBS';
  readonly queue: QueueName;
  readonly lane: Lane;
  readonly filters: readonly string[];
  /** Seconds without a sign of life from the worker after which the server delivers again. */
  readonly ackWaitSeconds: number;
  /** Deliveries after which the server gives up and sends an advisory. */
  readonly maxDeliver: number;
  /** Whether what waits here asks for more replicas. */
  readonly scales: boolean;
}

/** A durable consumer that feeds one projection; one replica at a time is active. */
export interface ProjectionConsumerDefinition {
  readonly kind: 'projection';
  readonly name: string;
  readonly service: string;
  readonly stream: StreamName;
  readonly filters: readonly string[];
}

export type ConsumerDefinition = JobConsumerDefinition | ProjectionConsumerDefinition;

function worker(queue: QueueName, { service, scales }: QueueDefinition, lane: Lane): JobConsumerDefinition {
  return {
    kind: 'jobs',
    name: `${service}-${queue}-${lane}`,
    service,
    stream: 'JOBS',
    queue,
    lane,
    filters: [`jobs.${queue}.${lane}.*.requested`, `jobs-due.${queue}.${lane}.*`],
    // Workers give a sign every third of it; this is how long a person waits after one died.
    ackWaitSeconds: 10,
    // Tries are counted in the log; this only has to be more than the short waits of one delivery.
    maxDeliver: 1_000,
    scales,
  };
}

function projection(
  service: string,
  name: string,
  stream: StreamName,
  filters: readonly string[],
): ProjectionConsumerDefinition {
  return { kind: 'projection', name: `${service}-${name}`, service, stream, filters };
}

/** The lanes of every worker, queue by queue. */
export const workerConsumers: readonly JobConsumerDefinition[] = Object.entries<QueueDefinition>(
  queues,
).flatMap(([queue, definition]) =>
  definition.lanes.map((lane) => worker(queue as QueueName, definition, lane)),
);

type NameOfWorker<Q extends QueueName> =
  `${(typeof queues)[Q]['service']}-${Q}-${(typeof queues)[Q]['lanes'][number]}`;
type WorkerName = { [Q in QueueName]: NameOfWorker<Q> }[QueueName];

const workers = Object.fromEntries(workerConsumers.map((consumer) => [consumer.name, consumer])) as Record<
  WorkerName,
  JobConsumerDefinition
>;

/** Every durable consumer of the system, in one place: workers by their names (see `jobs/queues.ts`), then projections. */
export const consumers = {
  ...workers,
  listeningSnapshots: projection('ingestion', 'listening-snapshots', 'LISTENING', [
    'listening.*.snapshot-computed',
    'listening.*.snapshots-withdrawn',
  ]),
  plays: projection('ingestion', 'plays', 'LISTENING', [
    'listening.*.listening-ingested',
    'listening.*.plays-fetched',
    'listening.*.history-imported',
    'listening.*.import-taken-back',
    'listening.*.listen-threshold-chosen',
    'listening.*.provider-data-removed',
  ]),
  // One for what was written and for what of it is shown: in the log's order they switch as one.
  generatedInsights: projection('insight', 'generated-insights', 'INSIGHT', [
    'insight.*.insight-generated',
    'prompt.*.label-moved',
    'replay.*.*',
  ]),
  knownSnapshots: projection('insight', 'known-snapshots', 'LISTENING', [
    'listening.*.snapshot-computed',
    'listening.*.snapshots-withdrawn',
  ]),
  replayItems: projection('insight', 'replay-items', 'JOBS', ['jobs.insights.bulk.*.*']),
  generationFailures: projection('insight', 'generation-failures', 'INSIGHT', [
    'insight.*.generation-failed',
  ]),
  insightFeedback: projection('insight', 'insight-feedback', 'INSIGHT', ['insight.*.feedback-given']),
  // Its read model is the JOBS stream: each firing is one request there.
  scheduleFirings: projection('scheduler', 'schedule-firings', 'SCHEDULES', ['schedules.fired.*']),
  backgroundJobs: projection('scheduler', 'background-jobs', 'JOBS', ['jobs.*.*.*.*']),
  jobTotals: projection('scheduler', 'job-totals', 'UPKEEP', ['job-totals.*.*']),
  deadLetters: projection('scheduler', 'dead-letters', 'ADVISORIES', [
    '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.JOBS.>',
  ]),
  auditTrail: projection('identity', 'audit-trail', 'AUDIT', ['audit.*.*']),
} as const satisfies Record<string, ConsumerDefinition>;
