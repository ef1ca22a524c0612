import { JobRequested } from '@undertone/contracts/jobs/job';
import { type Aggregate, jobAggregate } from '@undertone/contracts/subjects';
import type { z } from 'zod';
import type { NewEvent } from '../event-store/cloudevents.js';
import { type Appended, ConcurrencyConflict, type EventStore } from '../event-store/event-store.js';

type Requested = z.output<typeof JobRequested.schema>;

/** What a job is requested with; the payload is checked by the job's own schema when a worker takes it. */
export type JobRequest = Omit<Requested, 'payload'> & { readonly payload: object };

/** Who requests a job, and what led to it. */
export interface RequestedBy {
  /** The service. */
  readonly source: string;
  /** Of an event, or of what else has an id. */
  readonly causationId?: string | undefined;
}

/** The event that requests a job, and where it goes. Its id is the job's, so that a job is requested once. */
export function jobRequested(
  request: JobRequest,
  { source, causationId }: RequestedBy,
): { aggregate: Aggregate; event: NewEvent } {
  const { job_id: id, queue, lane } = request;
  return {
    aggregate: jobAggregate(queue, lane, id),
    event: {
      definition: JobRequested,
      id,
      time: new Date(),
      source,
      correlationId: id,
      ...(causationId && { causationId }),
      data: request,
    },
  };
}

/**
 * Appends the request as the first event of its job; made again, it changes nothing.
 * @returns where it is, `duplicate` when it was made before; `undefined` when the log has the job and no longer its
 * request.
 * @throws {LogUnavailable} the request could not be confirmed.
 */
export async function appendJobRequest(
  store: EventStore,
  request: JobRequest,
  by: RequestedBy,
): Promise<Appended | undefined> {
  const { aggregate, event } = jobRequested(request, by);
  try {
    return await store.append(aggregate, event, 0);
  } catch (error) {
    if (!(error instanceof ConcurrencyConflict)) throw error;
    return undefined;
  }
}
