import { z } from 'zod';
import { id } from '../id.js';
import { defineJob } from './job.js';

/** Packs all that the system has of a person into an archive for them. */
export const exportPerson = defineJob({
  type: 'export-person',
  queue: 'people',
  maxAttempts: 4,
  notRetryable: 'the export ended with it: ask for another one',
  payload: z.object({ user_id: id, export_id: id }),
  result: z.object({ export_id: id, size: z.int().min(0), expires_at: z.iso.datetime() }),
});
