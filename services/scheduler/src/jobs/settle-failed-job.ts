import { JobDiscarded, JobRequestedAgain } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import type { Decider } from '@undertone/platform/event-store/decide-and-append';
import { derivedId } from '@undertone/platform/ids/ids';
import { evolveTask } from '@undertone/platform/jobs/task';
import { Refused } from '@undertone/platform/rpc/rpc-client';

interface SettleFailedJob {
  readonly decision: 'retry' | 'discard';
  readonly at: Date;
}

/** A job, and what was decided about it after it failed. */
export interface SettledState {
  readonly job: OwnedTask | undefined;
  readonly settled: 'retry' | 'discard' | undefined;
}

/** The same for every try to do a job's work again. */
export const retryIdOf = (jobId: string): string => derivedId(jobId, 'requested again');

/**
 * An operator's word on a failed job: its work is asked for again, or it is let be. It is said once; the job stays failed.
 * @throws {Refused} `DEAD_LETTER_STATE` when it did not fail, or the other thing was decided before.
 */
export const settleFailedJob: Decider<SettleFailedJob, SettledState> = {
  decide({ decision, at }, { job, settled }) {
    if (!job) throw refusal('nothing is known of its job any more');
    if (job.task.status !== 'FAILURE') throw refusal(`its task did not fail, it is ${job.task.status}`);
    if (settled === decision) return undefined;
    if (settled) {
      throw refusal(settled === 'retry' ? 'it was retried before' : 'it was discarded before');
    }
    const { task_id: job_id, job_type, attempt, error } = job.task;
    const problem = error ?? { code: 'INTERNAL', message: 'it is not known why' };
    const said = {
      time: at,
      source: 'scheduler',
      correlationId: job_id,
      data: { job_id, job_type, user_id: job.user_id, attempt, problem },
    };
    if (decision === 'discard')
      return { ...said, definition: JobDiscarded, id: derivedId(job_id, 'discarded') };
    const retry_id = retryIdOf(job_id);
    return {
      ...said,
      definition: JobRequestedAgain,
      id: derivedId(job_id, 'said to be requested again'),
      data: { ...said.data, retry_id },
    };
  },
  evolve({ job, settled }, event) {
    const decision = JobRequestedAgain.read(event) ? 'retry' : JobDiscarded.read(event) ? 'discard' : settled;
    return { job: evolveTask(job, event), settled: decision };
  },
};

const refusal = (why: string) =>
  new Refused('DEAD_LETTER_STATE', `the dead letter cannot be settled so: ${why}`);
