import { JobRequested } from '@undertone/contracts/jobs/job';
import { jobAggregate, jobWaitSubjects } from '@undertone/contracts/subjects';
import type { NewEvent } from '../event-store/cloudevents.js';
import { ConcurrencyConflict, type EventStore } from '../event-store/event-store.js';
import { derivedId } from '../ids/ids.js';

/** A job, as far as its last event is known. */
export interface JobPlace {
  readonly queue: string;
  readonly lane: string;
  readonly jobId: string;
  /** Sequence of its last event. */
  readonly sequence: number;
}

/** Id of the message that says that a job is due, as it was at a sequence of its events. */
export const dueId = (jobId: string, sequence: number): string =>
  derivedId('job due', jobId, String(sequence));

/**
 * Has the server deliver a job at a time, in a message of its own: until then no consumer knows of it. A worker gets it as it does
 * any delivery, so one that is over by then is only followed up. If the job moved on meanwhile, nothing happens.
 * @throws {LogUnavailable} the server did not confirm it; it may be done again.
 */
export async function deliverAt(
  store: EventStore,
  { queue, lane, jobId, sequence }: JobPlace,
  time: Date,
  source: string,
): Promise<void> {
  const { waiting, due } = jobWaitSubjects(queue, lane, jobId);
  const notice: NewEvent<unknown> = {
    definition: JobRequested,
    id: dueId(jobId, sequence),
    time: new Date(),
    source,
    correlationId: jobId,
    // The request is where it was. A worker of a build that knows of no such messages must find this one unreadable, and leave
    // it to a newer one: what it could read, it would end as a stray.
    data: null,
  };
  const aggregate = jobAggregate(queue, lane, jobId);
  try {
    await store.schedule(notice, { at: time, schedule: waiting, target: due }, { aggregate, sequence });
  } catch (error) {
    if (!(error instanceof ConcurrencyConflict)) throw error;
  }
}
