import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { jobs } from '@undertone/contracts/jobs/registry';
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

/** Why nothing would come of asking for a job's work again, in words for a person; `undefined`: something would. */
export function hindranceOf({ job_type, payload }: z.output<typeof JobRequested.schema>): string | undefined {
  const definition = jobs.find(({ type }) => type === job_type);
  if (!definition) return `this release does not know ${job_type}`;
  if (definition.notRetryable !== undefined) return definition.notRetryable;
  // It would cost what nobody has set aside any more, and the replay would not wait for it.
  const isOfReplay = generateInsight.payload.safeParse(payload).data?.replay !== undefined;
  if (job_type !== generateInsight.type || !isOfReplay) return undefined;
  return 'a replay asked for it, and tries again itself what failed: resume the replay';
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
