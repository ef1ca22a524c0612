import { jobEvents } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, Recorded } from '@undertone/platform/event-store/decider';
import { Rejected } from '@undertone/platform/event-store/rejected';
import { derivedId } from '@undertone/platform/ids/ids';
import { evolveJob, type JobEvent } from '@undertone/platform/jobs/task';

// State

/** A job, and what was decided about it after it failed. */
export interface SettledState {
  readonly job: OwnedTask | undefined;
  readonly settled: 'retry' | 'discard' | undefined;
  /** The job by which an operator decided so, with others. */
  readonly by: string | undefined;
}

const initial: SettledState = { job: undefined, settled: undefined, by: undefined };

const evolve = ({ job, ...decided }: SettledState, event: Recorded<JobEvent>): SettledState => {
  const settled =
    event.type === 'requested-again' ? 'retry' : event.type === 'discarded' ? 'discard' : undefined;
  return {
    job: evolveJob(job, event),
    ...(settled ? { settled, by: event.metadata.causationId } : decided),
  };
};

// Commands

export interface SettleFailedJob {
  readonly jobId: string;
  readonly decision: 'retry' | 'discard';
  readonly at: Date;
  /** Why nothing would come of a retry, in words. */
  readonly hindrance?: string | undefined;
  /** The job by which an operator decides about many. */
  readonly by?: string | undefined;
}

/** The same for every try to do a job's work again. */
export const retryIdOf = (jobId: string): string => derivedId(jobId, 'requested again');

/**
 * @throws {Rejected} `DEAD_LETTER_STATE` when it did not fail, or the other thing was decided before; `TASK_NOT_RETRYABLE` when nothing
 * would come of it.
 */
function decide(
  { decision, hindrance }: SettleFailedJob,
  { job, settled }: SettledState,
): JobEvent | undefined {
  if (!job) throw rejection('nothing is known of its job any more');
  if (job.task.status !== 'FAILURE') throw rejection(`its job did not fail, it is ${job.task.status}`);
  if (settled === decision) return undefined;
  if (settled) throw rejection(settled === 'retry' ? 'it was retried before' : 'it was discarded before');

  switch (decision) {
    case 'retry':
      if (hindrance !== undefined) throw notRetryable(hindrance);
      return requestedAgain(job);
    case 'discard':
      return { type: 'discarded', data: ended(job) };
    default:
      return decision satisfies never;
  }
}

/** That the work of a job which failed or was cancelled is asked for again. */
export const requestedAgain = (job: OwnedTask): JobEvent => ({
  type: 'requested-again',
  data: {
    ...ended(job),
    retry_id: retryIdOf(job.task.task_id),
    ...(job.task.status === 'REVOKED' && { cancelled: true as const }),
  },
});

function ended({ user_id, task: { task_id: job_id, job_type, attempt, error, status } }: OwnedTask) {
  const unknown =
    status === 'REVOKED'
      ? { code: 'REVOKED', message: 'it was cancelled' }
      : { code: 'INTERNAL', message: 'it is not known why' };
  return { job_id, job_type, user_id, attempt, problem: error ?? unknown };
}

export const notRetryable = (why: string) => new Rejected('TASK_NOT_RETRYABLE', why);

const rejection = (why: string) =>
  new Rejected('DEAD_LETTER_STATE', `the dead letter cannot be settled so: ${why}`);

/** An operator's word on a failed job: its work is asked for again, or it is let be. It is said once; the job stays failed. */
export const settleFailedJob: Decider<SettleFailedJob, SettledState, typeof jobEvents> = {
  events: jobEvents,
  initial,
  evolve,
  decide,
};

// Envelope

/** The id is the same for everybody who decides this about the job. */
export const settlementEnvelope = ({ jobId, decision, at, by }: SettleFailedJob): Envelope => ({
  id: derivedId(jobId, decision === 'retry' ? 'said to be requested again' : 'discarded'),
  source: 'scheduler',
  time: at,
  correlationId: jobId,
  ...(by !== undefined && { causationId: by }),
});
