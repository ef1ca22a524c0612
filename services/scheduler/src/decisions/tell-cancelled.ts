import type { DecidedUntilCancelled } from '@undertone/contracts/jobs/decide-many';
import { jobEvents } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, Recorded } from '@undertone/platform/event-store/decider';
import { derivedId } from '@undertone/platform/ids/ids';
import { evolveJob, type JobEvent } from '@undertone/platform/jobs/task';

// State

interface CancelledDecision {
  readonly job: OwnedTask | undefined;
  readonly reason: string;
}

const initial: CancelledDecision = { job: undefined, reason: '' };

const evolve = ({ job, reason }: CancelledDecision, event: Recorded<JobEvent>): CancelledDecision => ({
  job: evolveJob(job, event),
  reason: event.type === 'revoked' ? event.data.reason : reason,
});

// Commands

export interface TellCancelled {
  readonly result: DecidedUntilCancelled;
}

function decide({ result }: TellCancelled, { job, reason }: CancelledDecision): JobEvent | undefined {
  if (job?.task.status !== 'REVOKED' || job.task.result) return undefined;
  const { task_id: job_id, job_type } = job.task;
  return { type: 'revoked', data: { job_id, job_type, user_id: job.user_id, reason, result } };
}

/** Says what a job had done that was cancelled, once. */
export const tellCancelled: Decider<TellCancelled, CancelledDecision, typeof jobEvents> = {
  events: jobEvents,
  initial,
  evolve,
  decide,
};

// Envelope

export const tellCancelledEnvelope = (jobId: string, at: Date): Envelope => ({
  id: derivedId(jobId, 'what it had done when it was cancelled'),
  source: 'scheduler',
  time: at,
  correlationId: jobId,
});
