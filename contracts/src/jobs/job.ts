import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { foreignId, text } from '../text.js';
import { lanes, type QueueName, queueNames } from './queues.js';

/** A kind of long work: its queue, what it takes and what it gives. */
export interface JobDefinition<P = unknown, R = unknown> {
  readonly type: string;
  readonly queue: QueueName;
  readonly payload: z.ZodType<P>;
  readonly result: z.ZodType<R>;
  /**
   * Tries before the job fails. One that was stopped or had to wait does not count, and of those that were lost with their worker
   * the first three do not.
   */
  readonly maxAttempts: number;
  /**
   * Whether it may be cancelled. `never`: what it began has to be brought to its end. `until-started`: its first step is a fact, and the
   * others bring everything after it. Absent: at any time before its end.
   */
  readonly cancellable?: 'never' | 'until-started';
  /** Why another job cannot do its work after it failed or was cancelled, in words for a person. Absent: one can. */
  readonly notRetryable?: string;
}

export function defineJob<P extends z.ZodType, R extends z.ZodType>(spec: {
  type: string;
  queue: QueueName;
  payload: P;
  result: R;
  maxAttempts: number;
  cancellable?: 'never' | 'until-started';
  notRetryable?: string;
}): JobDefinition<z.output<P>, z.output<R>> {
  return spec as unknown as JobDefinition<z.output<P>, z.output<R>>;
}

// Open, so that a release can tell of the jobs of a newer one, whose queues it does not know.
const token = z.string().regex(/^[a-z0-9-]+$/);
const queue = token.meta({ description: `One of ${queueNames.join(', ')}, or of a newer release.` });
const lane = token.meta({ description: `One of ${lanes.join(', ')}, or of a newer release.` });
const attempt = z.int().min(1);

/** Every event of a job names the job whole, so that the last one alone tells its state. */
const job = { job_id: id, job_type: foreignId.min(1), user_id: id };

/** Why a job failed, in words a person can act on. */
export const jobProblem = z.object({
  code: foreignId.meta({ description: 'Stable code; see docs/errors.md.' }),
  message: text,
});
export type JobProblem = z.output<typeof jobProblem>;

/** The progress of a running job. */
export const jobProgress = z.object({
  percent: z.number().min(0).max(100),
  message: text,
});
export type JobProgress = z.output<typeof jobProgress>;

export const JobRequested = defineEvent({
  context: 'jobs',
  name: 'requested',
  description: 'Somebody asked for long work; the payload is checked by the job type’s own schema.',
  schema: z.object({
    ...job,
    queue,
    lane,
    payload: z.record(z.string(), z.unknown()),
    retry_of: id
      .optional()
      .meta({ description: 'The job that failed or was cancelled, whose work this one does again.' }),
  }),
});
export const JobStarted = defineEvent({
  context: 'jobs',
  name: 'started',
  subjectToken: 'status',
  description: 'A worker took the job.',
  schema: z.object({ ...job, attempt, worker: foreignId }),
});
export const JobProgressed = defineEvent({
  context: 'jobs',
  name: 'progressed',
  subjectToken: 'status',
  description: 'The worker says how far it is.',
  schema: z.object({ ...job, attempt, progress: jobProgress }),
});
export const JobRetrying = defineEvent({
  context: 'jobs',
  name: 'retrying',
  subjectToken: 'status',
  description: 'The attempt failed for a passing reason and will be made again.',
  schema: z.object({
    ...job,
    attempt,
    delay_ms: z.int().min(0),
    problem: jobProblem,
    interrupted: z
      .boolean()
      .optional()
      .meta({ description: 'The worker was stopped in the middle of it: the attempt does not count.' }),
    resume_at: z.iso.datetime().optional().meta({
      description: 'Nothing failed: the job waits for its turn until then, and the attempt does not count.',
    }),
  }),
});
export const JobSucceeded = defineEvent({
  context: 'jobs',
  name: 'succeeded',
  subjectToken: 'status',
  description: 'The job is done and its result can be read.',
  schema: z.object({ ...job, attempt, result: z.record(z.string(), z.unknown()) }),
});
export const JobFailed = defineEvent({
  context: 'jobs',
  name: 'failed',
  subjectToken: 'status',
  description: 'The job ended without a result.',
  schema: z.object({ ...job, attempt: z.int().min(0), problem: jobProblem }),
});
export const JobRevoked = defineEvent({
  context: 'jobs',
  name: 'revoked',
  subjectToken: 'status',
  description: 'The job was cancelled before it ended.',
  schema: z.object({
    ...job,
    reason: text,
    result: z.record(z.string(), z.unknown()).optional().meta({
      description:
        'What it had done until then. Its worker says so once it has stopped, where there is something to say.',
    }),
  }),
});

export const JobRequestedAgain = defineEvent({
  context: 'jobs',
  name: 'requested-again',
  subjectToken: 'status',
  description:
    'Somebody asked for the work of a job that failed or was cancelled again: by another job, since this one has ended.',
  schema: z.object({
    ...job,
    attempt: z.int().min(0),
    problem: jobProblem,
    retry_id: id.meta({ description: 'The job that does it again.' }),
    cancelled: z.literal(true).optional().meta({ description: 'The job was cancelled, and did not fail.' }),
  }),
});
export const JobDiscarded = defineEvent({
  context: 'jobs',
  name: 'discarded',
  subjectToken: 'status',
  description: 'An operator decided that nothing more is to be done about a failed job.',
  schema: z.object({ ...job, attempt: z.int().min(0), problem: jobProblem }),
});

export const jobEvents = [
  JobRequested,
  JobStarted,
  JobProgressed,
  JobRetrying,
  JobSucceeded,
  JobFailed,
  JobRevoked,
  JobRequestedAgain,
  JobDiscarded,
] as const;

/** The words clients see; a promise to existing clients. */
export const taskStatus = z.enum([
  'PENDING',
  'STARTED',
  'PROGRESS',
  'RETRY',
  'SUCCESS',
  'FAILURE',
  'REVOKED',
]);
export type TaskStatus = z.output<typeof taskStatus>;

/** Statuses after which nothing more happens to a job. */
export const isTerminal = (status: TaskStatus): boolean =>
  status === 'SUCCESS' || status === 'FAILURE' || status === 'REVOKED';
