import { type ScheduleName, scheduleName } from '@undertone/contracts/schedules/schedule';
import type { ScheduleDefinition } from '@undertone/contracts/schedules/schedule-defined';
import { derivedId } from '@undertone/platform/ids/ids';
import { lastDue } from '../cron.js';
import type { SchedulerSettings } from '../settings.js';

export const scheduleNames = scheduleName.options;

/** The setting that says when. */
export const settingOf = {
  'ingest-all-users': 'INGEST_SCHEDULE',
  'generate-weekly-summaries': 'SUMMARY_SCHEDULE',
  'generate-daily-insights': 'DAILY_INSIGHT_SCHEDULE',
  'refresh-expiring-tokens': 'REFRESH_SCHEDULE',
  'monitor-failed-jobs': 'MONITOR_SCHEDULE',
  'cleanup-old-jobs': 'CLEANUP_SCHEDULE',
  'follow-time-zones': 'ZONE_SCHEDULE',
} as const satisfies Record<ScheduleName, string>;

/** When a schedule fires; `cron` may be `off`. */
export type When = Pick<ScheduleDefinition, 'cron' | 'time_zone'>;

const isSame = (a: When, b: When): boolean => a.cron === b.cron && a.time_zone === b.time_zone;

/** What the settings say. */
export const saidBySettings = (settings: SchedulerSettings, name: ScheduleName): When => ({
  cron: settings[settingOf[name]],
  time_zone: settings.SCHEDULE_TIME_ZONE,
});

/** What stands once the settings are read: an operator's word while they say what they said when it was given. */
export function broughtToSettings(
  name: ScheduleName,
  settings: When,
  present: ScheduleDefinition | undefined,
): ScheduleDefinition | undefined {
  const isOverruled = present?.of_settings !== undefined && isSame(present.of_settings, settings);
  return isOverruled ? present : asSettingsSay(name, settings, present);
}

/** What stands once an operator's word is taken back. What is paused stays paused. */
export function asSettingsSay(
  name: ScheduleName,
  settings: When,
  present: ScheduleDefinition | undefined,
): ScheduleDefinition | undefined {
  if (settings.cron === 'off') return undefined;
  if (present && !present.of_settings && isSame(present, settings)) return present;
  return { name, ...settings, paused: present?.paused ?? false };
}

/** What stands once an operator has said when. */
export function asOperatorSays(
  name: ScheduleName,
  said: When,
  settings: When,
  present: ScheduleDefinition | undefined,
): ScheduleDefinition | undefined {
  if (isSame(said, settings)) return asSettingsSay(name, settings, present);
  const { cron, time_zone } = settings;
  return { name, ...said, paused: present?.paused ?? false, of_settings: { cron, time_zone } };
}

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
  return { plannedFor, jobId: runId(definition.name, plannedFor) };
}

/** The job of the run that is planned for a moment. */
export const runId = (name: string, plannedFor: Date): string =>
  derivedId('schedule', name, plannedFor.toISOString());
