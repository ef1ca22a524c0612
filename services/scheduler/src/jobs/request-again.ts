import { JobRequested } from '@undertone/contracts/jobs/job';
import { type Aggregate, jobAggregate } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import type { z } from 'zod';
import { retryIdOf } from './settle-failed-job.js';

/** What a job was asked with, for as long as the log has it. */
export async function originalRequest(
  store: EventStore,
  { stream, prefix }: Aggregate,
): Promise<z.output<typeof JobRequested.schema> | undefined> {
  const event = await store.last(stream, `${prefix}.${JobRequested.subjectToken}`);
  return event && JobRequested.read(event);
}

/** Asks for a failed job's work by another job that names it as its cause: once, however often this is called. */
export async function requestAgain(
  store: EventStore,
  request: z.output<typeof JobRequested.schema>,
): Promise<void> {
  const { queue, lane, job_id: failed } = request;
  const jobId = retryIdOf(failed);
  const event = {
    definition: JobRequested,
    id: jobId,
    time: new Date(),
    source: 'scheduler',
    correlationId: jobId,
    causationId: failed,
    data: { ...request, job_id: jobId },
  };
  await recordOnce(store, jobAggregate(queue, lane, jobId), event, { upTo: 0 });
}
