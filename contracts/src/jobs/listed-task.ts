import { z } from 'zod';
import { currentJobType } from '../earlier-job-names.js';
import { id } from '../id.js';
import { moment } from '../moment.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { foreignId, text } from '../text.js';
import { taskStatus } from './job.js';
import { lanes, type QueueName, queueNames } from './queues.js';
import { task } from './task.js';

/** What the list tells of a job beside its task. What the log had forgotten before it was noted is null. */
export const listedTask = task
  .extend({
    queue: foreignId.nullable(),
    lane: foreignId.nullable(),
    worker: foreignId.nullable().meta({ description: 'Which replica took it last; null: none did yet.' }),
    started_at: z.iso.datetime().nullable().meta({ description: 'Of the first attempt.' }),
    ended_at: z.iso.datetime().nullable().meta({ description: 'Null: it has not ended.' }),
    trace_id: foreignId.nullable().meta({ description: 'The trace of whoever asked for it.' }),
    parent_task_id: id
      .nullable()
      .meta({ description: 'The task that asked for it, where that is one of the caller’s.' }),
  })
  .meta({ id: 'ListedTask' });
export type ListedTask = z.output<typeof listedTask>;

/** The same for an operator: whose it is, and without what came of it, which is that person's. */
export const job = listedTask.omit({ result: true }).extend({ user_id: id }).meta({ id: 'Job' });
export type Job = z.output<typeof job>;

/** A name of a job type, also of another release than this one, or what the earlier version called its task. */
export const jobType = z
  .string()
  .regex(/^[a-z0-9_-]{1,255}$/, 'must be the name of a job type: lower case letters, digits and hyphens')
  .transform(currentJobType);

export const narrowing = {
  type: jobType.optional().meta({ description: 'The `job_type`.', example: 'ingest-listening-data' }),
  queue: z.enum(queueNames as [QueueName, ...QueueName[]]).optional(),
  lane: z.enum(lanes).optional(),
  parent: id.optional().meta({ description: 'Those that this task asked for.' }),
  from: moment.optional().meta({ description: 'Asked for at this time or later.' }),
  until: moment.optional().meta({ description: 'Asked for before this time.' }),
  text: text
    .max(200)
    .refine((value) => /[\p{L}\p{N}]/u.test(value), 'must have a letter or a digit')
    .optional()
    .meta({
      description:
        'Eight or more hexadecimal digits (and hyphens): the beginning of a `task_id`. Anything else: words, or their beginnings, that all stand in the code or message of the error.',
      example: 'provider_unav',
    }),
};
const filter = { ...narrowing, status: taskStatus.optional() };
const user = { user_id: id.optional() };

interface Period {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}
export const inOrder = ({ from, until }: Period): boolean =>
  from === undefined || until === undefined || Date.parse(from) <= Date.parse(until);
export const outOfOrder = { path: ['until'], error: 'is before `from`' };

/** A person's own tasks; `user_id` says who they are where sign-in is off. */
export const tasksQuery = z.strictObject({ ...user, ...filter, limit, cursor }).refine(inOrder, outOfOrder);
export const taskCountsQuery = z.strictObject({ ...user, ...narrowing }).refine(inOrder, outOfOrder);
/** Everybody's. */
export const jobsQuery = tasksQuery;
export const jobCountsQuery = taskCountsQuery;

/** What a list narrows its rows down by. */
export type TaskFilter = Omit<z.output<typeof tasksQuery>, 'limit' | 'cursor'>;

/** A status is counted up to here, so that the answer takes no longer the more there are. */
export const MOST_COUNTED = 10_000;

export const taskCounts = z
  .record(taskStatus, z.int().min(0).max(MOST_COUNTED))
  .meta({ id: 'TaskCounts', description: `By status; ${MOST_COUNTED} stands for that many or more.` });
export type TaskCounts = z.output<typeof taskCounts>;

const owner = { service: 'scheduler', access: { owner: 'user_id' } } as const;
const admin = { service: 'scheduler', access: 'admin' } as const;

export const listTasks = defineRpc({
  ...owner,
  question: 'list-tasks',
  input: z.object({ ...filter, user_id: id, limit, cursor }),
  output: pageSchema(listedTask),
});

export const countTasks = defineRpc({
  ...owner,
  question: 'count-tasks',
  input: z.object({ ...narrowing, user_id: id }),
  output: taskCounts,
});

export const listJobs = defineRpc({
  ...admin,
  question: 'list-jobs',
  input: jobsQuery,
  output: pageSchema(job),
});

export const countJobs = defineRpc({
  ...admin,
  question: 'count-jobs',
  input: jobCountsQuery,
  output: taskCounts,
});
