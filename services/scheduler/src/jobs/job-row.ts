import type { InferEntity } from '@mikro-orm/core';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import type { BackgroundJob } from './background-job.entity.js';

type Row = InferEntity<typeof BackgroundJob>;

export const taskOf = (row: Row): OwnedTask => ({
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

/** @param sequence of the last of the job's events that is in it. */
export const rowOf = ({ user_id, task }: OwnedTask, sequence: number): Row => ({
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
  sequence,
});
