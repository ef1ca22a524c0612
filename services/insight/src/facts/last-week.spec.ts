import { type Weekday, weekday } from '@undertone/contracts/weekday';
import { describe, expect, it } from 'vitest';
import { lastWholeWeek } from './last-week.js';

const weekOf = (snapshot_date: string, created_at: string, timeZone: string, begins: Weekday = 'monday') => {
  const { from, to } = lastWholeWeek({ snapshot_date, created_at }, timeZone, begins);
  return `${from} ${to}`;
};

describe('the last whole week', () => {
  it.each([
    ['on a Friday', '2026-11-20', '2026-11-20T08:00:00.000Z', 'UTC', '2026-11-09 2026-11-15'],
    ['on the Sunday that ends one', '2026-11-22', '2026-11-22T20:00:00.000Z', 'UTC', '2026-11-09 2026-11-15'],
    [
      'on a Monday that is still Sunday in UTC',
      '2026-11-22',
      '2026-11-22T18:00:00.000Z',
      'Pacific/Auckland',
      '2026-11-16 2026-11-22',
    ],
    [
      'on a Sunday that is Monday in UTC',
      '2026-11-23',
      '2026-11-23T02:00:00.000Z',
      'America/New_York',
      '2026-11-09 2026-11-15',
    ],
    [
      'of an export that ends on a Sunday',
      '2021-03-14',
      '2026-11-20T08:00:00.000Z',
      'UTC',
      '2021-03-08 2021-03-14',
    ],
    [
      'of a snapshot that is computed again years later',
      '2021-03-17',
      '2026-11-20T08:00:00.000Z',
      'Europe/Berlin',
      '2021-03-08 2021-03-14',
    ],
    [
      'around a change of the clocks',
      '2026-10-26',
      '2026-10-26T08:00:00.000Z',
      'Europe/Berlin',
      '2026-10-19 2026-10-25',
    ],
  ])('%s', (_when, date, created, timeZone, week) => expect(weekOf(date, created, timeZone)).toBe(week));

  it('ends in the night before the summary of Sunday, where weeks begin on Sunday', () => {
    const at = '2026-11-29T09:00:00.000Z';
    expect(weekOf('2026-11-29', at, 'UTC', 'sunday')).toBe('2026-11-22 2026-11-28');
    expect(weekOf('2026-11-29', at, 'Pacific/Honolulu', 'sunday')).toBe('2026-11-15 2026-11-21');
  });

  it.each(weekday.options)('is the seven days before a %s', (day) => {
    const [from = '', to = ''] = weekOf('2026-11-25', '2026-11-25T12:00:00.000Z', 'UTC', day).split(' ');
    const [first, last] = [Temporal.PlainDate.from(from), Temporal.PlainDate.from(to)];
    expect(weekday.options[first.dayOfWeek - 1]).toBe(day);
    expect(last.since(first).days).toBe(6);
    expect(Temporal.PlainDate.from('2026-11-25').since(last).days).toBeLessThanOrEqual(7);
  });
});
