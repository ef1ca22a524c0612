import { defineEntity, p, raw } from '@mikro-orm/core';
import type { JobProblem, JobProgress, TaskStatus } from '@undertone/contracts/jobs/job';
import type { JobAttempt } from '@undertone/contracts/jobs/timeline';

/** The words of a job's problem, as the index has them. */
export const ERROR_WORDS = `to_tsvector('simple', (error->>'code') || ' ' || (error->>'message'))`;

/** Read model: what became of every job, from the JOBS stream. */
export const BackgroundJob = defineEntity({
  name: 'BackgroundJob',
  tableName: 'background_job',
  indexes: [
    // One for each thing that jobs are found by, in the order in which they are listed.
    { properties: ['createdAt', 'id'] },
    { properties: ['userId', 'createdAt', 'id'] },
    { properties: ['status', 'createdAt', 'id'] },
    { properties: ['jobType', 'createdAt', 'id'] },
    { properties: ['queue', 'createdAt', 'id'] },
    { properties: ['causeId', 'createdAt', 'id'] },
    // By when they ended they are counted and cleared.
    { properties: ['endedAt'] },
    {
      name: 'background_job_error_words_index',
      expression: (_columns, { name }, index) =>
        raw(`create index ${index} on ${name} using gin (${ERROR_WORDS}) where error is not null`),
    },
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
    /** Stream sequence of the last event that is in what stands above. */
    sequence: p.bigint('number').defaultRaw('0'),
    queue: p.string().nullable(),
    lane: p.string().nullable(),
    /** What led to it: a job, or an event. */
    causeId: p.uuid().nullable(),
    traceId: p.string().nullable(),
    /** Who took it last. */
    worker: p.string().nullable(),
    startedAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    attempts: p.json<readonly JobAttempt[]>().defaultRaw(`'[]'`),
    /**
     * Stream sequence of the last event that is in the details, from `queue` on. An older release moves `sequence` alone, so that
     * what it left out is found when its events are read again.
     */
    detailsSequence: p.bigint('number').defaultRaw('0'),
  },
});
