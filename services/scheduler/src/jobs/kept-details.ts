/** As many days as JOBS keeps, in which a job can still be retried. */
const KEPT_DAYS = 30;
export const DAY_MS = 86_400_000;

export const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

/** Details of jobs that ended before the beginning of this day, in UTC, are not kept. */
export const keptSince = (now: Date): Date => new Date(Date.parse(dayOf(now)) - KEPT_DAYS * DAY_MS);
