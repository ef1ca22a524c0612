import { z } from 'zod';
import { id } from '../id.js';

/** The answer to every request for long work. */
export const queuedTask = z.object({ task_id: id, status: z.literal('queued') }).meta({ id: 'QueuedTask' });

/** The same, where a task that has not ended may be the one. */
export const queuedIngest = queuedTask
  .extend({
    reused: z.literal(true).optional().meta({
      description: 'The task was asked for before, by somebody or with another key, and has not ended.',
    }),
  })
  .meta({ id: 'QueuedIngest' });

/** Of a job that decides about many others. */
export const byItsOwnJob =
  'It goes page by page, tells in its progress how far it is, and in its result how many it decided and why others refused. `DELETE /api/tasks/{task_id}` stops it: what it had done stays, and its result says how much that was. It never acts on itself or its like.';

/** The same, where it does the work of another one again. */
export const queuedRetry = queuedTask
  .extend({ retry_of: id.meta({ description: 'The task whose work is done again.' }) })
  .meta({ id: 'QueuedRetry' });
