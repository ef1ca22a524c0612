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
}

const initial: SettledState = { job: undefined, settled: undefined };

const evolve = ({ job, settled }: SettledState, event: Recorded<JobEvent>): SettledState => ({
  job: evolveJob(job, event),
  settled: event.type === 'requested-again' ? 'retry' : event.type === 'discarded' ? 'discard' : settled,
});

// Commands

export interface SettleFailedJob {
  readonly jobId: string;
  readonly decision: 'retry' | 'discard';
  readonly at: Date;
}

/** The same for every try to do a job's work again. */
export const retryIdOf = (jobId: string): string => derivedId(jobId, 'requested again');

/** @throws {Rejected} `DEAD_LETTER_STATE` when it did not fail, or the other thing was decided before. */
function decide({ decision }: SettleFailedJob, { job, settled }: SettledState): JobEvent | undefined {
  if (!job) throw rejection('nothing is known of its job any more');
  if (job.task.status !== 'FAILURE') throw rejection(`its job did not fail, it is ${job.task.status}`);
  if (settled === decision) return undefined;
  if (settled) throw rejection(settled === 'retry' ? 'it was retried before' : 'it was discarded before');

  switch (decision) {
    case 'retry':
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
export const settlementEnvelope = ({ jobId, decision, at }: SettleFailedJob): Envelope => ({
  id: derivedId(jobId, decision === 'retry' ? 'said to be requested again' : 'discarded'),
  source: 'scheduler',
  time: at,
  correlationId: jobId,
});
