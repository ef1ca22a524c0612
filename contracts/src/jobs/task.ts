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
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Task' });
export type Task = z.output<typeof task>;

/** A task with whose it is; the owner never leaves the system. */
export const ownedTask = z.object({ user_id: id, task });
export type OwnedTask = z.output<typeof ownedTask>;

export const getTask = defineRpc({
  service: 'scheduler',
  question: 'get-task',
  access: { owner: 'task_id' },
  input: z.object({ task_id: id }),
  output: z.object({ found: ownedTask.nullable() }),
});
