import { z } from 'zod';
import type { ScheduleName } from '../schedules/schedule.js';
import { defineJob } from './job.js';
import { personalRun, scheduledRun } from './scheduled-run.js';
import { cleanupOldJobs, monitorFailedJobs } from './upkeep.js';

const result = z.object({
  people: z.int().min(0),
  /** Jobs that were requested for them, by this try or by one before it. */
  requested: z.int().min(0),
});

const forEveryone = (type: ScheduleName) =>
  defineJob({ type, queue: 'scheduled', maxAttempts: 5, payload: personalRun, result });

/** Requests an ingest of each time range for everybody with a live link to a provider. */
export const ingestAllUsers = forEveryone('ingest-all-users');

/** Requests a weekly summary of each person's newest snapshot, where it is of the last seven days. */
export const generateWeeklySummaries = forEveryone('generate-weekly-summaries');

/** Requests a wellness insight of each person's newest snapshot, where it is of today or yesterday. */
export const generateDailyInsights = forEveryone('generate-daily-insights');

/** Requests a refresh of each access token that was used in the last hour and ends before the next run. */
export const refreshExpiringTokens = defineJob({
  type: 'refresh-expiring-tokens',
  queue: 'scheduled',
  maxAttempts: 5,
  payload: scheduledRun,
  result,
});

/** Requests runs of these for those in whose own time zone, or week, one of them is due. */
export const followTimeZones = defineJob({
  type: 'follow-time-zones',
  queue: 'scheduled',
  maxAttempts: 5,
  payload: scheduledRun,
  result: z.object({ runs: z.int().min(0) }),
});

/** What each schedule requests. */
export const scheduledJobs = {
  'ingest-all-users': ingestAllUsers,
  'generate-weekly-summaries': generateWeeklySummaries,
  'generate-daily-insights': generateDailyInsights,
  'refresh-expiring-tokens': refreshExpiringTokens,
  'monitor-failed-jobs': monitorFailedJobs,
  'cleanup-old-jobs': cleanupOldJobs,
  'follow-time-zones': followTimeZones,
} as const satisfies Record<ScheduleName, unknown>;
