import { z } from 'zod';
import { id } from '../id.js';

/** The answer to every request for long work. */
export const queuedTask = z.object({ task_id: id, status: z.literal('queued') }).meta({ id: 'QueuedTask' });
