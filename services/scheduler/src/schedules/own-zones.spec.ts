import type { Calendar } from '@undertone/contracts/identity/calendar';
import { weekday } from '@undertone/contracts/weekday';
import { describe, expect, it } from 'vitest';
import { calendarsFor, ownDue, type PersonalSchedule } from './own-zones.js';

const ingest = { cron: '0 0 2 * * *', time_zone: 'UTC' };
const summary = { cron: '0 0 9 * * SUN', time_zone: 'UTC' };
const QUARTER_MS = 15 * 60_000;
const HOUR_MS = 4 * QUARTER_MS;

/** All that a person is due between two moments, by looks with what they have chosen at each: of summaries, which are fewer, two a day. */
function dues(
  name: PersonalSchedule,
  from: string,
  to: string,
  calendarAt: (moment: Date) => Calendar,
  when = name === 'generate-weekly-summaries' ? summary : ingest,
): string[] {
  const found = new Map<string, string>();
  const lookMs = name === 'generate-weekly-summaries' ? 12 * HOUR_MS : QUARTER_MS;
  for (let at = Date.parse(from); at < Date.parse(to); at += lookMs) {
    const within = { after: new Date(at), until: new Date(at + lookMs) };
    const due = ownDue(name, when, calendarAt(within.until), within);
    // As the log does it: the first job of a period stands.
    if (due && !found.has(due.period)) found.set(due.period, due.plannedFor.toISOString());
  }
  return [...found].map(([period, planned]) => `${period} at ${planned}`);
}
const living =
  (time_zone: string | null, first_day_of_week: Calendar['first_day_of_week'] = null) =>
  () => ({
    time_zone,
    first_day_of_week,
  });

describe('a daily run', () => {
  it.each([
    ['Asia/Kolkata', '2026-11-29T20:30:00.000Z'],
    ['Asia/Kathmandu', '2026-11-29T20:15:00.000Z'],
    ['Australia/Eucla', '2026-11-29T17:15:00.000Z'],
    ['Pacific/Kiritimati', '2026-11-29T12:00:00.000Z'],
    ['America/Los_Angeles', '2026-11-30T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-11-30T13:00:00.000Z'],
  ])('is at the hour of %s, once', (zone, planned) => {
    const [first] = dues(
      'ingest-all-users',
      '2026-11-29T11:00:00Z',
      '2026-11-30T14:00:00Z',
      living(zone),
    ).filter((due) => due.startsWith('2026-11-30'));
    expect(first).toBe(`2026-11-30T02:00:00 at ${planned}`);
  });

  it('that the clocks jump over comes after the jump, and one that they repeat comes once', () => {
    const spring = dues(
      'ingest-all-users',
      '2027-03-27T12:00:00Z',
      '2027-03-29T12:00:00Z',
      living('Europe/Berlin'),
    );
    expect(spring.map((due) => due.slice(0, 10))).toEqual(['2027-03-28', '2027-03-29']);
    const autumn = dues(
      'ingest-all-users',
      '2026-10-24T12:00:00Z',
      '2026-10-26T12:00:00Z',
      living('Europe/Berlin'),
    );
    expect(autumn.map((due) => due.slice(0, 19))).toEqual(['2026-10-25T02:00:00', '2026-10-26T02:00:00']);
    const lordHowe = dues(
      'ingest-all-users',
      '2027-04-02T00:00:00Z',
      '2027-04-05T00:00:00Z',
      living('Australia/Lord_Howe'),
    );
    expect(lordHowe.map((due) => due.slice(0, 10))).toEqual(['2027-04-03', '2027-04-04', '2027-04-05']);
  });

  it.each([
    ['back', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'],
    ['forward', 'Pacific/Pago_Pago', 'Pacific/Kiritimati'],
    ['west', 'Europe/Berlin', 'America/Los_Angeles'],
    ['east', 'America/Los_Angeles', 'Asia/Kathmandu'],
  ])(
    'of who moves %s, over the date line too, comes once a day of theirs at most, whenever they move',
    (_way, from, to) => {
      for (let hour = 0; hour < 24; hour += 5) {
        const moved = Date.parse('2026-11-28T00:00:00Z') + hour * 3_600_000;
        const days = dues('ingest-all-users', '2026-11-26T00:00:00Z', '2026-12-01T00:00:00Z', (at) => ({
          time_zone: at.getTime() < moved ? from : to,
        })).map((due) => due.slice(0, 10));
        expect(new Set(days).size).toBe(days.length);
        expect(days.length).toBeGreaterThanOrEqual(3);
        expect(days.length).toBeLessThanOrEqual(6);
      }
    },
  );

  it('is read in the zone that an old name means, and in UTC by a name that nobody knows', () => {
    const at = (zone: string) =>
      dues('ingest-all-users', '2026-11-29T00:00:00Z', '2026-11-30T00:00:00Z', living(zone));
    expect(at('SystemV/PST8PDT')).toEqual(at('America/Los_Angeles'));
    expect(at('Mars/Olympus')).toEqual(at('UTC'));
  });

  it('goes by zones alone, each once', () => {
    const calendars: Calendar[] = [
      { time_zone: 'Asia/Kolkata', first_day_of_week: 'monday' },
      { time_zone: 'Asia/Kolkata', first_day_of_week: null },
      { time_zone: null, first_day_of_week: 'monday' },
    ];
    expect(calendarsFor('ingest-all-users', calendars)).toEqual([{ time_zone: 'Asia/Kolkata' }]);
    expect(calendarsFor('generate-weekly-summaries', calendars)).toEqual(calendars);
  });
});

describe('a weekly summary', () => {
  const weekly = 'generate-weekly-summaries';
  it.each(weekday.options)('comes on a %s at nine, once a week, to whose week begins then', (day) => {
    const found = dues(weekly, '2026-11-01T00:00:00Z', '2026-11-29T00:00:00Z', living('Europe/Berlin', day));
    expect(found).toHaveLength(4);
    for (const due of found) {
      const at = Temporal.Instant.from(due.split(' at ')[1] ?? '').toZonedDateTimeISO('Europe/Berlin');
      expect([weekday.options[at.dayOfWeek - 1], at.hour]).toEqual([day, 9]);
    }
  });

  it('comes on the schedule’s own day where nobody chose another, and in the schedule’s zone', () => {
    const [due] = dues(weekly, '2026-11-02T00:00:00Z', '2026-11-09T00:00:00Z', living(null, 'tuesday'));
    expect(due).toBe('week of 2026-11-01 at 2026-11-03T09:00:00.000Z');
    const [own] = dues(weekly, '2026-11-02T00:00:00Z', '2026-11-09T00:00:00Z', living('Asia/Kolkata'));
    expect(own).toBe('week of 2026-11-08 at 2026-11-08T03:30:00.000Z');
  });

  it('comes once a week to who changes the first day, and the zone, in the middle of one', () => {
    const changed = Date.parse('2026-11-11T12:00:00Z');
    const found = dues(weekly, '2026-11-01T00:00:00Z', '2026-11-29T00:00:00Z', (at) =>
      at.getTime() < changed
        ? { time_zone: 'Europe/Berlin', first_day_of_week: 'sunday' }
        : { time_zone: 'Pacific/Auckland', first_day_of_week: 'friday' },
    );
    expect(found.map((due) => due.slice(0, 18))).toEqual([
      'week of 2026-11-01',
      'week of 2026-11-08',
      'week of 2026-11-15',
      'week of 2026-11-22',
    ]);
  });
});
