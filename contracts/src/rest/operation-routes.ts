import { z } from 'zod';
import { lanes } from '../jobs/queues.js';
import { projectionState } from '../operations/projection.js';
import { queueLane } from '../operations/queue.js';
import { systemState } from '../operations/system.js';
import { queueName, worker } from '../operations/worker.js';
import { defineRoute } from './route.js';

const tag = 'operations';
const lane = z.enum(lanes).optional().meta({ description: 'Left out: all lanes of the queue.' });
const queueLanes = { status: 200, body: z.array(queueLane), description: 'The lanes of the queue' } as const;

/** How the installation is at work, for operators. */
export const operationRoutes = {
  listQueues: defineRoute({
    id: 'listQueues',
    method: 'GET',
    path: '/api/admin/queues',
    tag,
    summary: 'Read how many jobs each lane of each queue has, and who works on them',
    access: 'admin',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: z.array(queueLane), description: 'All lanes; there are no more pages' },
  }),
  pauseQueue: defineRoute({
    id: 'pauseQueue',
    method: 'POST',
    path: '/api/admin/queues/{queue}/pause',
    tag,
    summary: 'Let no job of a queue, or of one lane of it, begin until it is resumed',
    description:
      'Restarts do not resume it. What runs goes on, and what is asked for meanwhile waits. Jobs that wait still count as work for whatever scales the service.',
    access: 'admin',
    audit: ['lane'],
    errors: [],
    input: z.strictObject({ queue: queueName, lane }),
    from: 'query-or-body',
    success: queueLanes,
  }),
  resumeQueue: defineRoute({
    id: 'resumeQueue',
    method: 'POST',
    path: '/api/admin/queues/{queue}/resume',
    tag,
    summary: 'Let the jobs of a queue, or of one lane of it, begin again',
    access: 'admin',
    audit: ['lane'],
    errors: [],
    input: z.strictObject({ queue: queueName, lane }),
    from: 'query-or-body',
    success: queueLanes,
  }),
  listWorkers: defineRoute({
    id: 'listWorkers',
    method: 'GET',
    path: '/api/admin/workers',
    tag,
    summary: 'Read which replicas of the services are up, and which jobs they have',
    description:
      'All replicas are asked, and those that answer within a moment are listed: one that is frozen or cut off is not.',
    access: 'admin',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: z.array(worker), description: 'All that answered' },
  }),
  listProjections: defineRoute({
    id: 'listProjections',
    method: 'GET',
    path: '/api/admin/projections',
    tag,
    summary: 'Read how far each read model is behind its log',
    access: 'admin',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: {
      status: 200,
      body: z.array(projectionState),
      description: 'All projections; there are no more pages',
    },
  }),
  getSystem: defineRoute({
    id: 'getSystem',
    method: 'GET',
    path: '/api/admin/system',
    tag,
    summary: 'Read how large the stores are and grow, and how Postgres, Redis and NATS do',
    access: 'admin',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: systemState, description: 'The system, without what does not answer' },
  }),
} as const;
