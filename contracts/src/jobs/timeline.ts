import { z } from 'zod';
import { id } from '../id.js';
import { defineRpc } from '../rpc.js';
import { foreignId } from '../text.js';
import { jobProblem } from './job.js';
import { job, listedTask } from './listed-task.js';
import { task } from './task.js';

/** Attempts that are kept of a job: the first, and the last ones. */
export const MOST_ATTEMPTS = 100;
/** Children that a timeline shows; the list has all of them, by `parent`. */
export const MOST_CHILDREN = 100;

const outcome = z
  .enum(['running', 'succeeded', 'failed', 'retrying', 'waiting', 'interrupted', 'cancelled', 'lost'])
  .meta({
    id: 'AttemptOutcome',
    description:
      '`retrying`: it failed for a passing reason. `waiting`: nothing failed, and the job waits for its turn. `interrupted`: its worker was stopped. `lost`: its worker was not heard of again, and another one took the job.',
  });

/** One time that a worker had a job, and the wait after it. */
export const jobAttempt = z
  .object({
    nth: z
      .int()
      .min(1)
      .meta({
        description: `Which attempt it was. Of a job with more than ${MOST_ATTEMPTS}, those after the first are left out.`,
      }),
    attempt: z.int().min(0).meta({
      description:
        'As the job counts its tries: one that was interrupted or had to wait has its number again.',
    }),
    worker: foreignId.nullable().meta({ description: 'Null, as `started_at`: no worker began with it.' }),
    started_at: z.iso.datetime().nullable(),
    ended_at: z.iso.datetime().nullable(),
    outcome,
    problem: jobProblem.nullable().meta({ description: 'Why it failed, or what it waits for.' }),
    next_at: z.iso.datetime().nullable().meta({ description: 'Until when the job waits after it.' }),
  })
  .meta({ id: 'JobAttempt' });
export type JobAttempt = z.output<typeof jobAttempt>;

const child = task.pick({ task_id: true, job_type: true, status: true, created_at: true, updated_at: true });

const timelineOf = <T extends z.ZodType>(of: T) => ({
  task: of,
  attempts: z.array(jobAttempt).max(MOST_ATTEMPTS).meta({
    description: 'In order. Before the first one it was queued, from `created_at` to `started_at`.',
  }),
  children: z
    .array(child)
    .max(MOST_CHILDREN)
    .meta({ description: 'Tasks that it asked for, the first of them first.' }),
  more_children: z.boolean().meta({ description: 'There are more, which the list has by `parent`.' }),
  retry_task_id: id.nullable().meta({ description: 'The task that does the work of a failed one again.' }),
});

/** What became of a task, from the request to its end. */
export const taskTimeline = z.object(timelineOf(listedTask)).meta({ id: 'TaskTimeline' });
export type TaskTimeline = z.output<typeof taskTimeline>;

export const jobTimeline = z.object(timelineOf(job)).meta({ id: 'JobTimeline' });
export type JobTimeline = z.output<typeof jobTimeline>;

const one = z.object({ task_id: id });

export const getTaskTimeline = defineRpc({
  service: 'scheduler',
  question: 'get-task-timeline',
  access: { owner: 'task_id' },
  input: one,
  output: taskTimeline,
});

export const getJob = defineRpc({
  service: 'scheduler',
  question: 'get-job',
  access: 'admin',
  input: one,
  output: jobTimeline,
});
