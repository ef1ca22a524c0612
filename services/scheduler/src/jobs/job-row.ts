import type { InferEntity } from '@mikro-orm/core';
import type { RecordedEvent } from '@undertone/contracts/event';
import { isReadable } from '@undertone/contracts/events';
import { jobEvents } from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { decode } from '@undertone/platform/event-store/decider';
import { evolveJob } from '@undertone/platform/jobs/task';
import type { BackgroundJob } from './background-job.entity.js';
import { evolveDetails, type JobDetails, noDetails } from './job-details.js';

export type Row = InferEntity<typeof BackgroundJob>;

type TaskColumn =
  | ('id' | 'userId' | 'jobType' | 'status' | 'result' | 'error' | 'progress' | 'attempt')
  | ('retryOf' | 'createdAt' | 'updatedAt');

/** @param row a `result` that was not read is null. */
export const taskOf = (
  row: Omit<Pick<Row, TaskColumn>, 'result'> & Partial<Pick<Row, 'result'>>,
): OwnedTask => ({
  user_id: row.userId,
  task: {
    task_id: row.id,
    status: row.status,
    job_type: row.jobType,
    result: row.result ?? null,
    error: row.error ?? null,
    progress: row.progress ?? null,
    attempt: row.attempt,
    ...(row.retryOf && { retry_of: row.retryOf }),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  },
});

const detailsOf = (row: Row): JobDetails => ({
  queue: row.queue ?? null,
  lane: row.lane ?? null,
  causeId: row.causeId ?? null,
  traceId: row.traceId ?? null,
  worker: row.worker ?? null,
  startedAt: row.startedAt ?? null,
  endedAt: row.endedAt ?? null,
  attempts: row.attempts,
});

/**
 * Whether the details stop short of the row's task: an older release wrote it and left them out. They follow once its events
 * are read again, from the request on; what happens before that would cover what is missing.
 */
const lacksDetails = ({ sequence, detailsSequence }: Row): boolean =>
  detailsSequence === 0 || detailsSequence < sequence;

/**
 * A job's row after one more of its events. One that is read again changes nothing, but for the details where they were
 * left out before.
 * @returns the row that was given where nothing changes; `undefined` where there is none and the event makes none.
 */
export function evolveRow(before: Row | undefined, recorded: RecordedEvent): Row | undefined {
  const { sequence } = recorded;
  const [isTold, isDetailed] = [
    before !== undefined && sequence <= before.sequence,
    before !== undefined && sequence <= before.detailsSequence,
  ];
  if (isTold && isDetailed) return before;
  const event = isReadable(recorded) ? decode(jobEvents, recorded) : undefined;
  if (!event) return before;
  // What was decided about a job whose story is cleared, or forgotten, tells none.
  if (!before && (event.type === 'requested-again' || event.type === 'discarded')) return undefined;
  const details = before ? detailsOf(before) : noDetails;
  const isTooEarly = before && !isTold && lacksDetails(before) && event.type !== 'requested';
  return {
    ...(before && isTold
      ? { ...rowOf(taskOf(before)), sequence: before.sequence }
      : { ...rowOf(evolveJob(before && taskOf(before), event)), sequence }),
    ...(before && (isDetailed || isTooEarly)
      ? { ...details, detailsSequence: before.detailsSequence }
      : { ...evolveDetails(details, event), detailsSequence: sequence }),
  };
}

const rowOf = ({ user_id, task }: OwnedTask) => ({
  id: task.task_id,
  userId: user_id,
  status: task.status,
  jobType: task.job_type,
  result: task.result,
  error: task.error,
  progress: task.progress,
  attempt: task.attempt,
  retryOf: task.retry_of ?? null,
  createdAt: new Date(task.created_at),
  updatedAt: new Date(task.updated_at),
});
