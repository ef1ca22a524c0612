import { isTerminal, jobEvents } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider } from '@undertone/platform/event-store/decider';
import { derivedId } from '@undertone/platform/ids/ids';
import { evolveJob, type JobEvent } from '@undertone/platform/jobs/task';
import type { MaxDeliveries } from './advisory.js';

// Commands

export interface FailLostJob {
  readonly jobId: string;
  readonly advisory: MaxDeliveries;
}

function decide({ jobId, advisory }: FailLostJob, job: OwnedTask | undefined): JobEvent | undefined {
  if (!job || isTerminal(job.task.status)) return undefined;
  const { job_type, attempt } = job.task;
  const problem = {
    code: 'DELIVERIES_EXHAUSTED',
    message: `given up after ${advisory.deliveries} deliveries: the worker died or did not answer each time`,
  };
  return { type: 'failed', data: { job_id: jobId, job_type, user_id: job.user_id, attempt, problem } };
}

/** Ends a job that no worker could take to its end; a job that ended stays as it is. */
export const failLostJob: Decider<FailLostJob, OwnedTask | undefined, typeof jobEvents> = {
  events: jobEvents,
  initial: undefined,
  evolve: evolveJob,
  decide,
};

// Envelope

/** The id is the same for every time that the advisory is read. */
export const lostJobEnvelope = ({ jobId, advisory }: FailLostJob): Envelope => ({
  id: derivedId(jobId, 'dead letter', advisory.id),
  source: 'scheduler',
  time: new Date(advisory.timestamp),
  correlationId: jobId,
});
