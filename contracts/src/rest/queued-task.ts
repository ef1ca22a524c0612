import { z } from 'zod';
import { id } from '../id.js';

/** The answer to every request for long work. */
export const queuedTask = z.object({ task_id: id, status: z.literal('queued') }).meta({ id: 'QueuedTask' });

/** The same, where it does the work of another one again. */
export const queuedRetry = queuedTask
  .extend({ retry_of: id.meta({ description: 'The task whose work is done again.' }) })
  .meta({ id: 'QueuedRetry' });
