import type { ServiceName } from '../service-name.js';

/** A person waits on `interactive`; `bulk` gets the smaller share of a worker's slots. */
export const lanes = ['interactive', 'bulk'] as const;
export type Lane = (typeof lanes)[number];

/** A queue of jobs: who works on it, and how. */
export interface QueueDefinition {
  readonly service: ServiceName;
  /** Each has a consumer of its own, so that each has its own lag. */
  readonly lanes: readonly Lane[];
  /** Whether jobs that wait here ask for more replicas of the service. */
  readonly scales: boolean;
  /** What its jobs have in common, and why it scales or does not. */
  readonly description: string;
}

/**
 * Every queue. Its name is part of the subjects of its jobs, so it is never changed. The schemas, the consumers, the
 * generated documents and what the tests expect of k8s/ follow from this list.
 */
export const queues = {
  spotify: {
    service: 'ingestion',
    lanes,
    scales: true,
    description: 'Fetches and computes what a person listened to: more replicas do more at once.',
  },
  insights: {
    service: 'insight',
    lanes,
    scales: true,
    description: 'Writes insights, and mostly waits for models: more replicas do more at once.',
  },
  scheduled: {
    service: 'scheduler',
    lanes: ['bulk'],
    scales: true,
    description:
      'Runs for everyone, which only request jobs: several that wait are runs that nobody works on.',
  },
  operations: {
    service: 'scheduler',
    lanes: ['interactive'],
    scales: false,
    description:
      'What operators decide about many jobs at once: it waits behind no other work, because it may be what helps where that is stuck.',
  },
  identity: {
    service: 'identity',
    lanes: ['bulk'],
    scales: false,
    description: 'Work on the rows that identity keeps, now and then: one job at a time.',
  },
  people: {
    service: 'identity',
    lanes: ['interactive'],
    scales: false,
    description:
      'What is done about all that the system has of a person, who waits for it: it mostly asks the other services.',
  },
  token: {
    service: 'token',
    lanes: ['bulk'],
    scales: false,
    description: 'Work on the rows that token keeps, now and then: one job at a time.',
  },
} as const satisfies Record<string, QueueDefinition>;

/** Which worker takes a job. */
export type QueueName = keyof typeof queues;
export const queueNames = Object.keys(queues) as QueueName[];
