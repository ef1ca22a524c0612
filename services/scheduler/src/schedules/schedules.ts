import { type ScheduleName, scheduleName } from '@undertone/contracts/schedules/schedule';
import type { ScheduleDefinition } from '@undertone/contracts/schedules/schedule-defined';
import { derivedId } from '@undertone/platform/ids/ids';
import { lastDue } from '../cron.js';

export const scheduleNames = scheduleName.options;

/** The setting that says when. */
export const settingOf = {
  'ingest-all-users': 'INGEST_SCHEDULE',
  'generate-weekly-summaries': 'SUMMARY_SCHEDULE',
  'generate-daily-insights': 'DAILY_INSIGHT_SCHEDULE',
} as const satisfies Record<ScheduleName, string>;

/** The run that a firing leads to. */
export interface Run {
  readonly jobId: string;
  readonly plannedFor: Date;
}

/**
 * The run of a firing: of the last time, up to the firing's own, that the schedule was due. A firing that comes late
 * (the server was away) or twice is therefore the same run.
 */
export function runOf(definition: ScheduleDefinition, firedAt: Date): Run {
  const plannedFor = lastDue(definition, firedAt) ?? firedAt;
  return { plannedFor, jobId: derivedId('schedule', definition.name, plannedFor.toISOString()) };
}
