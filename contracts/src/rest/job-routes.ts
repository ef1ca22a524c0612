import { z } from 'zod';
import { id } from '../id.js';
import { jobTotal, jobTotalsQuery } from '../job-totals/job-totals.js';
import { cancelJobsQuery, retryJobsQuery } from '../jobs/decide-many.js';
import { job, jobCountsQuery, jobsQuery, taskCounts } from '../jobs/listed-task.js';
import { jobTimeline } from '../jobs/timeline.js';
import { byItsOwnJob, queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

const tag = 'jobs';
const audit = ['status', 'queue', 'lane', 'parent', 'all', 'dry_run'] as const;
const queued = {
  status: 202,
  body: queuedTask,
  description: 'The job that does it, to follow as a task',
} as const;

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
  cancelJobs: defineRoute({
    id: 'cancelJobs',
    method: 'POST',
    path: '/api/admin/jobs/cancel',
    tag,
    summary: 'Cancel all jobs that a filter finds, by a job of its own',
    description: `Those that were asked for before, and have not ended. ${byItsOwnJob}`,
    access: 'admin',
    audit,
    errors: [],
    input: cancelJobsQuery,
    from: 'query-or-body',
    success: queued,
  }),
  retryJobs: defineRoute({
    id: 'retryJobs',
    method: 'POST',
    path: '/api/admin/jobs/retry',
    tag,
    summary:
      'Ask for the work of all jobs again that failed, or were cancelled, and that a filter finds, by a job of its own',
    description: `Those that ended before, and of which nothing was decided yet. ${byItsOwnJob}`,
    access: 'admin',
    audit,
    errors: [],
    input: retryJobsQuery,
    from: 'query-or-body',
    success: queued,
  }),
} as const;
