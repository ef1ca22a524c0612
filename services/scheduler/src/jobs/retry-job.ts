import type { Principal } from '@undertone/contracts/access/principal';
import { jobEvents } from '@undertone/contracts/jobs/job';
import type { Decider } from '@undertone/platform/event-store/decider';
import { Rejected } from '@undertone/platform/event-store/rejected';
import type { JobEvent } from '@undertone/platform/jobs/task';
import { jobOf } from './cancel-job.js';
import { notRetryable, requestedAgain, type SettledState, settleFailedJob } from './settle-failed-job.js';

// State: that of a job that is settled

// Commands

export interface RetryJob {
  /** Whose jobs it may be: the caller's, or anybody's. */
  readonly of: Principal | 'anybody';
  /** Why nothing would come of it, in words. */
  readonly hindrance?: string | undefined;
}

/**
 * @throws {Rejected} `TASK_NOT_FOUND`, also where it is somebody else's; `TASK_NOT_FAILED`; `TASK_NOT_RETRYABLE`, by what it was asked
 * with, or because an operator discarded it.
 */
function decide({ of, hindrance }: RetryJob, { job: any, settled }: SettledState): JobEvent | undefined {
  const job = jobOf(of, any);
  const { status } = job.task;
  if (status !== 'FAILURE' && status !== 'REVOKED')
    throw new Rejected('TASK_NOT_FAILED', `the task neither failed nor was cancelled, it is ${status}`);
  if (settled === 'retry') return undefined;
  if (settled === 'discard') throw notRetryable('an operator decided that nothing more is done about it');
  if (hindrance !== undefined) throw notRetryable(hindrance);
  return requestedAgain(job);
}

/** Says that a job which failed or was cancelled is done again, by another one. Its envelope is that of a dead letter's retry. */
export const retryJob: Decider<RetryJob, SettledState, typeof jobEvents> = { ...settleFailedJob, decide };
