import { isDeepStrictEqual } from 'node:util';
import type { JobDefinition } from '@undertone/contracts/jobs/job';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { type Lane, type QueueDefinition, queues } from '@undertone/contracts/jobs/queues';
import { type Aggregate, jobAggregate } from '@undertone/contracts/subjects';
import { type Appended, type EventStore, LogUnavailable } from '../event-store/event-store.js';
import { derivedId, newId } from '../ids/ids.js';
import { appendJobRequest, type RequestedBy } from './job-request.js';

/** The idempotency key was used before with another request. */
export class IdempotencyMismatch extends Error {
  readonly code = 'IDEMPOTENCY_MISMATCH';
  /** @param earlier the job that the key names, and what it was asked with. */
  constructor(readonly earlier?: { readonly jobId: string; readonly payload: unknown }) {
    super('this Idempotency-Key was used with another request');
    this.name = 'IdempotencyMismatch';
  }
}

/** The job that a person's request with an idempotency key is, or would be. */
export const requestedJobId = (definition: JobDefinition, userId: string, idempotencyKey: string): string =>
  derivedId('job', definition.type, userId, idempotencyKey);

/**
 * Asks for a job in one durable write. The same user and idempotency key give the same job, however often.
 * @returns the job's id.
 * @throws {IdempotencyMismatch} the key names a job with another payload.
 * @throws {LogUnavailable} the request could not be confirmed; try again with the same key.
 */
export async function requestJob<P extends { user_id: string }>(
  store: EventStore,
  definition: JobDefinition<P>,
  request: { payload: P; lane: Lane; source: string; idempotencyKey?: string | undefined },
): Promise<string> {
  const { payload, lane } = request;
  const jobId = request.idempotencyKey
    ? requestedJobId(definition, payload.user_id, request.idempotencyKey)
    : newId();
  const appended = await requestDerivedJob(store, definition, { ...request, jobId });
  const isFirst = appended !== undefined && !appended.duplicate;
  // A duplicate may be this very request, whose first confirmation was lost, or another one with the same key.
  if (request.idempotencyKey && !isFirst) {
    await checkSameRequest(store, jobId, jobAggregate(definition.queue, lane, jobId), payload);
  }
  return jobId;
}

/**
 * Asks for the job of an id that follows from what led to it, in one durable write; asked again, it is that job.
 * @returns where the request is; `undefined` when the log has the job and no longer its request.
 * @throws {LogUnavailable} the request could not be confirmed.
 */
export async function requestDerivedJob<P extends { user_id: string }>(
  store: EventStore,
  definition: JobDefinition<P>,
  request: { jobId: string; payload: P; lane: Lane } & RequestedBy,
): Promise<Appended | undefined> {
  const { jobId, payload, lane, ...by } = request;
  const { type, queue } = definition;
  const { lanes }: QueueDefinition = queues[queue];
  // It would wait for ever.
  if (!lanes.includes(lane)) throw new Error(`nobody works on the ${lane} lane of the queue ${queue}`);
  const job = { job_id: jobId, job_type: type, user_id: payload.user_id };
  return appendJobRequest(store, { ...job, queue, lane, payload }, by);
}

const READS = 5;
const READ_AGAIN_MS = 200;

// A duplicate is confirmed by the server or found in the log, so the stored request is there to compare; where it cannot
// be found now, nobody may be told that it is the same.
async function checkSameRequest(
  store: EventStore,
  jobId: string,
  { stream, prefix }: Aggregate,
  payload: unknown,
): Promise<void> {
  let stored = await store.last(stream, `${prefix}.${JobRequested.subjectToken}`);
  for (let read = 1; !stored && read < READS; read += 1) {
    await new Promise((resolve) => setTimeout(resolve, READ_AGAIN_MS));
    stored = await store.last(stream, `${prefix}.${JobRequested.subjectToken}`);
  }
  const requested = stored && JobRequested.read(stored);
  if (!requested) throw new LogUnavailable(`the request at ${prefix} cannot be found`);
  // The log holds JSON, which knows neither dates nor fields that are there but undefined.
  const asked: unknown = JSON.parse(JSON.stringify(payload));
  if (!isDeepStrictEqual(requested.payload, asked)) {
    throw new IdempotencyMismatch({ jobId, payload: requested.payload });
  }
}
