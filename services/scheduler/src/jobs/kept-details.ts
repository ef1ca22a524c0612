import type { SchedulerSettings } from '../settings.js';

export const DAY_MS = 86_400_000;

export const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

/** Details of jobs that ended before the beginning of this day, in UTC, are not kept. */
export const keptSince = (
  now: Date,
  { JOB_DETAILS_DAYS }: Pick<SchedulerSettings, 'JOB_DETAILS_DAYS'>,
): Date => new Date(Date.parse(dayOf(now)) - JOB_DETAILS_DAYS * DAY_MS);
