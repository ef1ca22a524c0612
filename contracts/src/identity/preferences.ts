import { z } from 'zod';
import { toneMode } from '../insight/insight.js';
import { timeZone } from '../time-zone.js';
import { weekday } from '../weekday.js';

/** Whether this is a well-formed language tag of BCP 47, such as `de` or `pt-BR`. */
function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

const languageTag = z
  .string()
  .max(35)
  .refine(isLanguageTag, 'is not a language tag of BCP 47')
  .overwrite((tag) => (isLanguageTag(tag) ? (Intl.getCanonicalLocales(tag)[0] ?? tag) : tag));

const hour = z.int().min(0).max(23);

const runHours = z.strictObject({
  from: hour.meta({ description: 'The first hour of the day, 0 to 23.' }),
  to: hour.meta({ description: 'The last one; before `from`, the hours span midnight.' }),
});

const choices = {
  time_zone: timeZone.nullable().meta({
    description:
      'Whose days the person’s history is counted in, and by whose clock they are fetched each day and have their weekly summary. Null: UTC, and for what runs by itself the zone of the installation.',
    example: 'Europe/Berlin',
  }),
  language: languageTag.nullable().meta({
    description: 'The language that the person reads, as a BCP 47 tag. Kept; this version writes English.',
    example: 'de',
  }),
  first_day_of_week: weekday.nullable().meta({
    description:
      'The day that the person’s weekly summary comes on, and tells of the seven days before. Null: it comes on the day of the schedule, Sunday by default, and tells of the last week from Sunday to Saturday. Weeks of trends begin on Monday where a request says nothing else.',
  }),
  run_hours: runHours.nullable().meta({
    description:
      'The hours of the person’s day within which what runs by itself may run for them. Kept; in this version the schedules of the installation decide.',
  }),
  tone_mode: toneMode
    .nullable()
    .meta({ description: 'The tone of insights that are requested without one. Null: `neutral`.' }),
};

/** What a person chose; null where they chose nothing. A zone is shown as it is stored, and earlier releases took more. */
export const preferences = z
  .object({
    ...choices,
    time_zone: z
      .string()
      .nullable()
      .meta(choices.time_zone.meta() ?? {}),
  })
  .meta({ id: 'Preferences' });
export type Preferences = z.output<typeof preferences>;

/** What to change: a field that is absent stays as it is, null takes the choice back. */
export const preferenceChanges = z.strictObject(choices).partial();
export type PreferenceChanges = z.output<typeof preferenceChanges>;
