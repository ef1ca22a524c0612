import { isTerminal, JobFailed } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import type { Decider } from '@undertone/platform/event-store/decide-and-append';
import { derivedId } from '@undertone/platform/ids/ids';
import { evolveTask } from '@undertone/platform/jobs/task';
import type { MaxDeliveries } from './advisory.js';

interface FailLostJob {
  readonly jobId: string;
  readonly advisory: MaxDeliveries;
}

/** Ends a job that no worker could take to its end; a job that ended stays as it is. */
export const failLostJob: Decider<FailLostJob, OwnedTask | undefined> = {
  decide({ jobId, advisory }, job) {
    if (!job || isTerminal(job.task.status)) return undefined;
    return {
      definition: JobFailed,
      id: derivedId(jobId, 'dead letter', advisory.id),
      time: new Date(advisory.timestamp),
      source: 'scheduler',
      correlationId: jobId,
      data: {
        job_id: jobId,
        job_type: job.task.job_type,
        user_id: job.user_id,
        attempt: job.task.attempt,
        problem: {
          code: 'DELIVERIES_EXHAUSTED',
          message: `given up after ${advisory.deliveries} deliveries: the worker died or did not answer each time`,
        },
      },
    };
  },
  evolve: evolveTask,
};
