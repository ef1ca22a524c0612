import type { RecordedEvent } from '@undertone/contracts/event';
import { isTerminal } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { type Aggregate, anyJobFilter, jobAggregate, parseJobSubject } from '@undertone/contracts/subjects';
import type { EventStore } from '../event-store/event-store.js';
import { evolveTask } from '../jobs/task.js';
import { eventually } from './eventually.js';

/** An event store, from the source or built. */
type Log = Pick<EventStore, 'last' | 'readFiltered'>;

/** Waits until a job of any queue and lane has ended, and gives what became of it. */
export function jobEnded(store: Log, jobId: string, timeoutMs?: number): Promise<OwnedTask> {
  const probe = async () => {
    const last = await store.last('JOBS', anyJobFilter(jobId));
    const task = last && evolveTask(undefined, last);
    return task && isTerminal(task.task.status) && task;
  };
  return eventually(`job ${jobId} ends`, probe, timeoutMs);
}

/** What is in the log of a job of any queue and lane, in order. */
export const jobEvents = (store: Log, jobId: string): Promise<RecordedEvent[]> =>
  store.readFiltered('JOBS', anyJobFilter(jobId));

/**
 * A job's aggregate, by its id alone.
 * @throws {Error} when there is no such job.
 */
export async function jobAggregateOf(store: Log, jobId: string): Promise<Aggregate> {
  const last = await store.last('JOBS', anyJobFilter(jobId));
  if (!last) throw new Error(`there is no job ${jobId}`);
  const { queue, lane } = parseJobSubject(last.subject);
  return jobAggregate(queue, lane, jobId);
}
