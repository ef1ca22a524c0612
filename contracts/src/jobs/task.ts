import { z } from 'zod';
import { id } from '../id.js';
import { defineRpc } from '../rpc.js';
import { jobProblem, jobProgress, taskStatus } from './job.js';

/** A job as clients see it. */
export const task = z
  .object({
    task_id: id,
    status: taskStatus,
    job_type: z.string(),
    result: z.record(z.string(), z.unknown()).nullable().meta({
      description:
        '`snapshot_id` of an ingest, with `fetched_at` (when the provider gave the lists) and `reused` (the day’s snapshot was there already, and nothing new to compute it from); `insight_id` of a generation, with `reused` (it was stored, or has the text of one that was).',
    }),
    error: jobProblem.nullable(),
    progress: jobProgress.nullable(),
    attempt: z.int().min(0),
    retry_of: id
      .optional()
      .meta({ description: 'The task that failed or was cancelled, whose work this one does again.' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Task' });
export type Task = z.output<typeof task>;

/** A task with whose it is; the owner never leaves the system. */
export const ownedTask = z.object({ user_id: id, task });
export type OwnedTask = z.output<typeof ownedTask>;

const oneTask = z.object({ task_id: id });

/** A job that does the work of another one again. */
export const retry = z.object({ task_id: id, retry_of: id });
export type Retry = z.output<typeof retry>;

export const getTask = defineRpc({
  service: 'scheduler',
  question: 'get-task',
  access: { owner: 'task_id' },
  input: oneTask,
  output: z.object({ found: ownedTask.nullable() }),
});

/** Cancels a job of the caller's: what is answered is decided, and its worker stops as soon as it hears. */
export const cancelTask = defineRpc({
  service: 'scheduler',
  question: 'cancel-task',
  access: { owner: 'task_id' },
  isWrite: true,
  input: oneTask,
  output: task,
});

/** Asks for the work of a job of the caller's again: by another job, the same one however often it is said. */
export const retryTask = defineRpc({
  service: 'scheduler',
  question: 'retry-task',
  access: { owner: 'task_id' },
  isWrite: true,
  input: oneTask,
  output: retry,
});

/** The same for an operator, of anybody's job. */
export const cancelJob = defineRpc({
  service: 'scheduler',
  question: 'cancel-job',
  access: 'admin',
  isWrite: true,
  input: oneTask,
  output: task,
});

export const retryJob = defineRpc({
  service: 'scheduler',
  question: 'retry-job',
  access: 'admin',
  isWrite: true,
  input: oneTask,
  output: retry,
});
