import { owns, type Principal } from '@undertone/contracts/access/principal';
import { isTerminal, jobEvents } from '@undertone/contracts/jobs/job';
import { jobs } from '@undertone/contracts/jobs/registry';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, Recorded } from '@undertone/platform/event-store/decider';
import { Rejected } from '@undertone/platform/event-store/rejected';
import { derivedId } from '@undertone/platform/ids/ids';
import { evolveJob, type JobEvent } from '@undertone/platform/jobs/task';

// State

export interface CancelledState {
  readonly job: OwnedTask | undefined;
  /** A worker took it, at some time. */
  readonly hasStarted: boolean;
  /** It was cancelled while it waited for another try: its worker hears of it when that is due. */
  readonly wasWaiting: boolean;
  /** The job by which an operator cancelled it, with others. */
  readonly by: string | undefined;
}

const initial: CancelledState = { job: undefined, hasStarted: false, wasWaiting: false, by: undefined };

const evolve = (before: CancelledState, event: Recorded<JobEvent>): CancelledState => {
  const { job, hasStarted } = before;
  // It is cancelled once; its worker may say afterwards what it had done.
  const isCancelled = event.type === 'revoked' && job?.task.status !== 'REVOKED';
  return {
    job: evolveJob(job, event),
    hasStarted: hasStarted || event.type === 'started',
    wasWaiting: isCancelled ? job?.task.status === 'RETRY' : before.wasWaiting,
    by: isCancelled ? event.metadata.causationId : before.by,
  };
};

// Commands

export interface CancelJob {
  /** Whose jobs it may be: the caller's, or anybody's. */
  readonly of: Principal | 'anybody';
  readonly reason: string;
}

/**
 * @throws {Rejected} `TASK_NOT_FOUND`, also where it is somebody else's; `TASK_ENDED`; `TASK_NOT_CANCELLABLE`, by the job's type: one that
 * only a newer release knows is not cancelled by this one.
 */
function decide({ of, reason }: CancelJob, { job: any, hasStarted }: CancelledState): JobEvent | undefined {
  const job = jobOf(of, any);
  const { task_id: job_id, job_type, status } = job.task;
  if (status === 'REVOKED') return undefined;
  if (isTerminal(status)) throw new Rejected('TASK_ENDED', `the task has ended already, with ${status}`);
  const definition = jobs.find(({ type }) => type === job_type);
  if (!definition || definition.cancellable === 'never')
    throw new Rejected('TASK_NOT_CANCELLABLE', `${job_type} is not cancelled`);
  if (definition.cancellable === 'until-started' && hasStarted)
    throw new Rejected('TASK_NOT_CANCELLABLE', `${job_type} is not cancelled once it has begun`);
  return { type: 'revoked', data: { job_id, job_type, user_id: job.user_id, reason } };
}

/** The job, where it may be named. @throws {Rejected} `TASK_NOT_FOUND` */
export function jobOf(of: CancelJob['of'], job: OwnedTask | undefined): OwnedTask {
  if (!job || (of !== 'anybody' && !owns(of, job.user_id))) throw unknownTask();
  return job;
}

export const unknownTask = () => new Rejected('TASK_NOT_FOUND', 'there is no such task');

/** Ends a job before its end, once: whoever works on it cannot end it any more. */
export const cancelJob: Decider<CancelJob, CancelledState, typeof jobEvents> = {
  events: jobEvents,
  initial,
  evolve,
  decide,
};

// Envelope

/**
 * The id is the same for everybody who cancels the job.
 * @param by the job by which an operator cancels many.
 */
export const cancelEnvelope = (jobId: string, at: Date, by?: string): Envelope => ({
  id: derivedId(jobId, 'cancelled'),
  source: 'scheduler',
  time: at,
  correlationId: jobId,
  ...(by !== undefined && { causationId: by }),
});
