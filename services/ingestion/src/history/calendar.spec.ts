import { ianaTimeZones } from '@undertone/contracts/test-kit/time-zone-names';
import { weekday as weekdays } from '@undertone/contracts/weekday';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketsBack, dayOf, momentsOf } from './calendar.js';

const HOUR = 3_600_000;
const zones = fc.constantFrom(...ianaTimeZones);
const moments = fc.date({
  min: new Date('2008-01-01T00:00:00Z'),
  max: new Date('2030-12-31T00:00:00Z'),
  noInvalidDate: true,
});
const lengths = fc.constantFrom('day' as const, 'week' as const, 'month' as const);

/** The day on the wall, by another way than the code's: `Intl`, not `Temporal`. */
const wallDay = (moment: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(moment);

const dayAfter = (day: string): string =>
  new Date(new Date(`${day}T00:00:00Z`).getTime() + 24 * HOUR).toISOString().slice(0, 10);

/** 1 is Monday. */
const weekday = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;

const isWhole = {
  day: (from: string, to: string) => from === to,
  week: (from: string, to: string) => weekday(from) === 1 && weekday(to) === 7,
  month: (from: string, to: string) => from.endsWith('-01') && dayAfter(to).endsWith('-01'),
};

const hours = (day: string, timeZone: string): number => {
  const [bucket] = bucketsBack('day', timeZone, { first: day, last: day }, 1);
  return bucket ? (bucket.endsAt.getTime() - bucket.startsAt.getTime()) / HOUR : 0;
};

describe('a day in a zone', () => {
  it('is the day on the wall there', () => {
    fc.assert(
      fc.property(moments, zones, (moment, zone) => {
        const day = dayOf(moment, zone);
        expect(day).toBe(wallDay(moment, zone));
        const { since, until } = momentsOf({ from: day, to: day }, zone);
        expect(since?.getTime()).toBeLessThanOrEqual(moment.getTime());
        expect(until?.getTime()).toBeGreaterThan(moment.getTime());
      }),
    );
  });

  it.each([
    ['2026-03-29', 'Europe/Berlin', 23],
    ['2026-10-25', 'Europe/Berlin', 25],
    ['2026-04-05', 'Australia/Lord_Howe', 24.5],
    ['2026-11-24', 'Asia/Kolkata', 24],
    // The clocks jump over midnight: this day begins at one.
    ['2018-11-04', 'America/Sao_Paulo', 23],
    // Samoa went over the date line and left this day out.
    ['2011-12-30', 'Pacific/Apia', 0],
  ])('%s in %s has %d hours', (day, zone, expected) => {
    expect(hours(day, zone)).toBe(expected);
  });

  it('begins and ends in every zone that is taken', () => {
    for (const zone of ianaTimeZones) {
      const { since, until } = momentsOf({ from: '2026-11-24', to: '2026-11-24' }, zone);
      expect([zone, since && wallDay(since, zone)]).toEqual([zone, '2026-11-24']);
      expect(Number(until) - Number(since)).toBe(24 * HOUR);
    }
  });

  it('begins half an hour off where the zone is', () => {
    const { since } = momentsOf({ from: '2026-11-24' }, 'Asia/Kolkata');
    expect(since?.toISOString()).toBe('2026-11-23T18:30:00.000Z');
  });

  it('has no beginning and no end where none is asked for', () => {
    expect(momentsOf({}, 'UTC')).toEqual({ since: undefined, until: undefined });
  });
});

describe('buckets', () => {
  it('follow on each other without a gap, whole, newest first, and hold what they are asked for', () => {
    fc.assert(
      fc.property(moments, fc.nat({ max: 300 * 24 }), zones, lengths, (earlier, apart, zone, length) => {
        const later = new Date(earlier.getTime() + apart * HOUR);
        const days = { first: dayOf(earlier, zone), last: dayOf(later, zone) };
        const buckets = bucketsBack(length, zone, days, 1_000);
        expect(buckets[0]?.endsAt.getTime()).toBeGreaterThan(later.getTime());
        expect(buckets.at(-1)?.startsAt.getTime()).toBeLessThanOrEqual(earlier.getTime());
        const [newer, older] = [buckets.slice(0, -1), buckets.slice(1)];
        expect(older.map(({ endsAt }) => endsAt)).toEqual(newer.map(({ startsAt }) => startsAt));
        expect(older.map(({ to }) => dayAfter(to))).toEqual(newer.map(({ from }) => from));
        const ofTheKind = buckets.filter(({ from, to }) => isWhole[length](from, to));
        expect(ofTheKind).toHaveLength(buckets.length);
      }),
    );
  });

  it.each(weekdays.options)('of weeks begin on a %s where that is asked for', (day) => {
    const days = { first: '2026-11-03', last: '2026-11-25' };
    for (const { from, to } of bucketsBack('week', 'UTC', days, 10, day)) {
      expect(weekdays.options[Temporal.PlainDate.from(from).dayOfWeek - 1]).toBe(day);
      expect(Temporal.PlainDate.from(to).since(from).days).toBe(6);
    }
  });

  it('are no more than asked for', () => {
    const buckets = bucketsBack('month', 'UTC', { first: '2020-05-17', last: '2026-11-25' }, 2);
    expect(buckets.map(({ from, to }) => `${from} ${to}`)).toEqual([
      '2026-11-01 2026-11-30',
      '2026-10-01 2026-10-31',
    ]);
  });

  it('go back to the one with the first day, and no further', () => {
    const buckets = bucketsBack('week', 'UTC', { first: '2026-11-15', last: '2026-11-25' }, 100);
    expect(buckets.map(({ from, to }) => `${from} ${to}`)).toEqual([
      '2026-11-23 2026-11-29',
      '2026-11-16 2026-11-22',
      '2026-11-09 2026-11-15',
    ]);
  });
});
