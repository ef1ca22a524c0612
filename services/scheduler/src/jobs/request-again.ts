import { JobRequested } from '@undertone/contracts/jobs/job';
import type { Aggregate } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { appendJobRequest } from '@undertone/platform/jobs/job-request';
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

/** Asks for a job's work by another job that names it, also as its cause: once, however often this is called. */
export async function requestAgain(
  store: EventStore,
  request: z.output<typeof JobRequested.schema>,
): Promise<void> {
  const { job_id: failed } = request;
  const retry = { ...request, job_id: retryIdOf(failed), retry_of: failed };
  await appendJobRequest(store, retry, { source: 'scheduler', causationId: failed });
}
