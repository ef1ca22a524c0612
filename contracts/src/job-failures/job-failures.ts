import { z } from 'zod';
import { defineEvent } from '../event.js';
import { foreignId } from '../text.js';

/** How the jobs ended that ended in a window; those that were cancelled do not count. */
export const failureCounts = z.object({
  ended: z.int().min(0),
  failed: z.int().min(0),
  rate: z.number().min(0).max(1).meta({ description: 'Failed of ended; 0 where none ended.' }),
});
export type FailureCounts = z.output<typeof failureCounts>;

const window = { job_type: foreignId.min(1), from: z.iso.datetime(), until: z.iso.datetime() };

export const jobFailuresRising = failureCounts.extend({
  ...window,
  before: failureCounts.meta({ description: 'In the window of the same length before it.' }),
  threshold: z.number().min(0).max(1),
});
export const jobFailuresFallen = failureCounts.extend({
  ...window,
  threshold: z.number().min(0).max(1),
});

export const JobFailuresRising = defineEvent({
  context: 'job-failures',
  name: 'job-failures-rising',
  description:
    'Jobs of a type fail more often than the threshold of the settings, and much more than in the window before. Said once, until they fall.',
  schema: jobFailuresRising,
});

export const JobFailuresFallen = defineEvent({
  context: 'job-failures',
  name: 'job-failures-fallen',
  description: 'Jobs of a type that failed often do so less than the threshold again.',
  schema: jobFailuresFallen,
});

export const jobFailureEvents = [JobFailuresRising, JobFailuresFallen] as const;
