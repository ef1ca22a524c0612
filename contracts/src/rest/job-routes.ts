import { z } from 'zod';
import { id } from '../id.js';
import { jobTotal, jobTotalsQuery } from '../job-totals/job-totals.js';
import { job, jobCountsQuery, jobsQuery, taskCounts } from '../jobs/listed-task.js';
import { jobTimeline } from '../jobs/timeline.js';
import { defineRoute } from './route.js';

const tag = 'jobs';

/** Everybody's jobs, for operators. */
export const jobRoutes = {
  listJobs: defineRoute({
    id: 'listJobs',
    method: 'GET',
    path: '/api/admin/jobs',
    tag,
    summary: 'Find jobs, newest first',
    description:
      'Of everybody, and those that are nobody’s own. What came of a job is its person’s, and not in it. A job that was just asked for may take a moment to be there.',
    access: 'admin',
    isSecret: true,
    audit: ['status', 'queue', 'lane'],
    errors: [],
    input: jobsQuery,
    from: 'query',
    success: { status: 200, body: z.array(job), description: 'Jobs; the next page is in `Link`' },
  }),
  countJobs: defineRoute({
    id: 'countJobs',
    method: 'GET',
    path: '/api/admin/jobs/counts',
    tag,
    summary: 'Count jobs by status',
    access: 'admin',
    errors: [],
    input: jobCountsQuery,
    from: 'query',
    success: { status: 200, body: taskCounts, description: 'How many there are in each status' },
  }),
  listJobTotals: defineRoute({
    id: 'listJobTotals',
    method: 'GET',
    path: '/api/admin/jobs/totals',
    tag,
    summary: 'Read how many jobs ended on each day, and how, newest day first',
    description:
      'By type, for ever: `cleanup-old-jobs` counts the days that are over before it clears the details of jobs. Days since its last run are not there yet.',
    access: 'admin',
    errors: [],
    input: jobTotalsQuery,
    from: 'query',
    success: { status: 200, body: z.array(jobTotal), description: 'Totals; the next page is in `Link`' },
  }),
  getJob: defineRoute({
    id: 'getJob',
    method: 'GET',
    path: '/api/admin/jobs/{task_id}',
    tag,
    summary: 'Read one job with its attempts, waits and children',
    access: 'admin',
    isSecret: true,
    errors: ['TASK_NOT_FOUND'],
    input: z.strictObject({ task_id: id }),
    from: 'query',
    success: { status: 200, body: jobTimeline, description: 'The job and its timeline' },
  }),
} as const;
