import { z } from 'zod';
import { lanes } from '../jobs/queues.js';
import { defineRpc } from '../rpc.js';
import { serviceNames } from '../service-name.js';
import { queueName } from './worker.js';

const number = z.int().min(0);

/** A lane of a queue, as the log and its consumer tell of it. */
export const laneState = z.object({
  queue: queueName,
  lane: z.enum(lanes),
  service: z.enum(serviceNames).meta({ description: 'Whose replicas work on it.' }),
  paused: z.boolean().meta({ description: 'No job of it begins until it is resumed.' }),
  depth: number.meta({ description: 'Jobs that have not ended.' }),
  workable: number.meta({ description: 'Jobs that a free slot would take now.' }),
  ack_pending: number.meta({
    description: 'Jobs that replicas have: they run, are about to, or wait a few seconds for their next try.',
  }),
  waiting: number.meta({ description: 'Jobs that wait for their time: a next try, or a budget.' }),
  oldest_seconds: number.nullable().meta({
    description: 'How long ago the oldest job was asked for that has not begun; null: there is none.',
  }),
  recent: z
    .object({ minutes: number, requested: number, ended: number, failed: number })
    .meta({ description: 'Of the last so many minutes; those that failed are among those that ended.' }),
});
export type LaneState = z.output<typeof laneState>;

/** The same, and who works on it. */
export const queueLane = laneState
  .extend({
    replicas: number.meta({ description: 'That answered just now.' }),
    slots: number.meta({ description: 'Of all of them together.' }),
    running: number,
  })
  .meta({ id: 'QueueLane' });
export type QueueLane = z.output<typeof queueLane>;

export const listQueues = defineRpc({
  service: 'scheduler',
  question: 'list-queues',
  access: 'admin',
  input: z.object({}),
  output: z.object({ lanes: z.array(laneState) }),
});

/** What is paused stays so through restarts. What runs goes on. */
export const pauseQueue = defineRpc({
  service: 'scheduler',
  question: 'pause-queue',
  access: 'admin',
  isWrite: true,
  input: z.object({ queue: queueName, lane: z.enum(lanes).optional(), paused: z.boolean() }),
  /** Those of the queue. */
  output: z.object({ lanes: z.array(laneState) }),
});
