import { defineEntity, p } from '@mikro-orm/core';
import type { JobProblem, JobProgress, TaskStatus } from '@undertone/contracts/jobs/job';

/** Read model: what became of every job, from the JOBS stream. */
export const BackgroundJob = defineEntity({
  name: 'BackgroundJob',
  tableName: 'background_job',
  indexes: [
    { properties: ['userId', 'createdAt'] },
    { name: 'background_job_waiting_index', properties: ['id'], where: { status: 'RETRY' } },
  ],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    jobType: p.string(),
    status: p.string().$type<TaskStatus>(),
    result: p.json<Record<string, unknown>>().nullable(),
    error: p.json<JobProblem>().nullable(),
    progress: p.json<JobProgress>().nullable(),
    attempt: p.integer(),
    /** The job whose work it does again. */
    retryOf: p.uuid().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** Stream sequence of the last event that is in it. */
    sequence: p.bigint('number').defaultRaw('0'),
  },
});
