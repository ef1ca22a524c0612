import { z } from 'zod';
import { id } from '../id.js';
import { defineJob } from './job.js';

/** Erases all that the system has of a person. */
export const erasePersonJob = defineJob({
  type: 'erase-person',
  queue: 'people',
  maxAttempts: 20,
  cancellable: 'never',
  notRetryable: 'an erasure that failed is begun again by itself',
  payload: z.object({
    user_id: id.meta({
      description: 'Of the erasure, not of the person: the job’s own events stay when the person’s are gone.',
    }),
  }),
  result: z.object({ erasure_id: id, removed: z.int().min(0) }),
});
