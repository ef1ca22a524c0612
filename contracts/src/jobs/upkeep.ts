import { z } from 'zod';
import { nobody } from '../id.js';
import { failureCounts, jobFailuresFallen, jobFailuresRising } from '../job-failures/job-failures.js';
import { foreignId } from '../text.js';
import { defineJob } from './job.js';
import { scheduledRun } from './scheduled-run.js';

/** Looks how often jobs of each type failed, and tells where that rises. */
export const monitorFailedJobs = defineJob({
  type: 'monitor-failed-jobs',
  queue: 'scheduled',
  maxAttempts: 5,
  payload: scheduledRun,
  result: z.object({
    window_minutes: z.int().min(1),
    /** Those of which a job ended in the window. */
    types: z.array(failureCounts.extend({ job_type: foreignId })),
    /** Types that fail often since this run, and those that do no more. */
    rising: z.array(foreignId),
    fallen: z.array(foreignId),
  }),
});

const cleared = z.int().min(0);

/** Counts the jobs of each day that is over, and then clears the details of those that ended long ago. */
export const cleanupOldJobs = defineJob({
  type: 'cleanup-old-jobs',
  queue: 'scheduled',
  maxAttempts: 5,
  payload: scheduledRun,
  /** By the try that came to the end. */
  result: z.object({ days: cleared, jobs: cleared, dead_letters: cleared, settled_jobs: cleared }),
});

const message = <const T extends string, S extends z.ZodType>(type: T, data: S) =>
  z.object({ id: z.uuid(), type: z.literal(type), timestamp: z.iso.datetime(), data });

/** What a webhook is told; where it is, and what signs it, is in the settings alone. */
export const webhookMessage = z.discriminatedUnion('type', [
  message('job-failures-rising', jobFailuresRising),
  message('job-failures-fallen', jobFailuresFallen),
]);
export type WebhookMessage = z.output<typeof webhookMessage>;

/** Tells the webhook of the settings. The tries span about half an hour. */
export const sendWebhook = defineJob({
  type: 'send-webhook',
  queue: 'scheduled',
  maxAttempts: 18,
  payload: z.object({ user_id: z.literal(nobody), message: webhookMessage }),
  result: z.object({ status: z.int().meta({ description: 'What the other side answered.' }) }),
});
