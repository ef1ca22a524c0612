import { AsyncLocalStorage } from 'node:async_hooks';
import type { Lane } from '@undertone/contracts/jobs/queues';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import type { CallBudget } from './call-budget.js';
import type { Reservation, WaitingJob } from './reservation.js';

/** What the calls of one job have in common. */
export interface JobCalls {
  readonly lane: Lane;
  /** Absent outside of any job. */
  readonly job?: WaitingJob;
  readonly reserved: Map<CallBudget, Reservation>;
}

// Like a trace context it concerns every call of a job, however deep in it, and nothing in between.
const current = new AsyncLocalStorage<JobCalls>();

/** Does a job's work: its calls are its lane's, and those it reserved and did not make are given back at its end. */
export async function withCallsOf<T>(
  { jobId, lane, requestedAt }: Pick<JobContext, 'jobId' | 'lane' | 'requestedAt'>,
  work: () => Promise<T>,
): Promise<T> {
  const reserved = new Map<CallBudget, Reservation>();
  try {
    return await current.run({ lane, job: { id: jobId, since: requestedAt }, reserved }, work);
  } finally {
    for (const [budget, reservation] of reserved) await budget.giveBack(reservation);
  }
}

/** The current job's; outside of any, those of somebody who waits. */
export function jobCalls(): JobCalls {
  return current.getStore() ?? { lane: 'interactive', reserved: new Map() };
}
