import type { Calendar } from '@undertone/contracts/identity/calendar';
import type { ScheduleName } from '@undertone/contracts/schedules/schedule';
import type { ScheduleDefinition } from '@undertone/contracts/schedules/schedule-defined';
import { zoneToCountIn } from '@undertone/contracts/time-zone';
import { numberOf } from '@undertone/contracts/weekday';
import { lastDue } from '../cron.js';

/** The schedules that are read by each person's own clock. */
export const personalSchedules = [
  'ingest-all-users',
  'generate-weekly-summaries',
  'generate-daily-insights',
] as const satisfies readonly ScheduleName[];
export type PersonalSchedule = (typeof personalSchedules)[number];

export const isPersonal = (name: ScheduleName): name is PersonalSchedule =>
  personalSchedules.some((one) => one === name);

type When = Pick<ScheduleDefinition, 'cron' | 'time_zone'>;

/** A moment at which a schedule is due for some, and the day or week that this is for them. */
export interface OwnDue {
  readonly plannedFor: Date;
  readonly period: string;
}

const DAYS_OF_WEEK = 7;

const zoned = (moment: Date, timeZone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timeZone);

/**
 * What a due moment is for: each person has it once. By the clock on their wall and not by the moment, so that an hour which comes twice, or a
 * day that they live through again beyond the date line, is one. Summaries go by the week from Sunday on in which the day lies: whoever
 * changes the first day of theirs, too, has one of it.
 */
export function periodOf(name: PersonalSchedule, due: Date, timeZone: string): string {
  const wall = zoned(due, timeZone).toPlainDateTime();
  if (name !== 'generate-weekly-summaries') return wall.toString();
  const day = wall.toPlainDate();
  return `week of ${day.subtract({ days: day.dayOfWeek % DAYS_OF_WEEK })}`;
}

/**
 * The last moment within a window at which a schedule is due for people of a calendar: its hour by their clock, and of summaries the first day
 * of their week on or after the schedule's own.
 * @param within after the first, up to and with the second.
 * @returns `undefined` where there is none.
 */
export function ownDue(
  name: PersonalSchedule,
  { cron, time_zone }: When,
  calendar: Calendar,
  within: { readonly after: Date; readonly until: Date },
): OwnDue | undefined {
  const timeZone = calendar.time_zone === null ? time_zone : zoneToCountIn(calendar.time_zone);
  const firstDay = name === 'generate-weekly-summaries' ? calendar.first_day_of_week : undefined;
  const when = { cron, time_zone: timeZone };
  const due = firstDay ? shiftedDue(when, numberOf(firstDay), within.until) : lastDue(when, within.until);
  if (!due || due <= within.after || due > within.until) return undefined;
  return { plannedFor: due, period: periodOf(name, due, timeZone) };
}

/** @param firstDay 1 is Monday, and 7 Sunday. */
function shiftedDue(when: When, firstDay: number, until: Date): Date | undefined {
  const end = zoned(until, when.time_zone);
  let last: Date | undefined;
  for (let days = 0; days < DAYS_OF_WEEK; days += 1) {
    const base = lastDue(when, new Date(end.subtract({ days }).epochMilliseconds));
    if (!base) continue;
    const shifted = zoned(base, when.time_zone).add({ days });
    if (shifted.dayOfWeek !== firstDay) continue;
    const moment = new Date(shifted.epochMilliseconds);
    if (moment <= until && (!last || moment > last)) last = moment;
  }
  return last;
}

/** Those who go by the schedule's own zone and week. */
export const withoutOwn = (name: PersonalSchedule): Calendar =>
  name === 'generate-weekly-summaries' ? { time_zone: null, first_day_of_week: null } : { time_zone: null };

/** The calendars, as far as they make a difference to a schedule, each once. */
export function calendarsFor(name: PersonalSchedule, calendars: readonly Calendar[]): Calendar[] {
  if (name === 'generate-weekly-summaries') return [...calendars];
  const zones = new Set(calendars.map(({ time_zone }) => time_zone));
  return [...zones].filter((zone) => zone !== null).map((time_zone) => ({ time_zone }));
}
