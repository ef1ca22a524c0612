import { timeRange } from '@undertone/contracts/listening/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { periodUpTo } from './export-period.js';

describe('the period of a range', () => {
  it.each([
    ['short_term', '2026-10-03T00:00:00.000Z'],
    ['medium_term', '2026-05-02T00:00:00.000Z'],
    ['long_term', '2025-11-01T00:00:00.000Z'],
  ] as const)('%s ends with the last day', (range, from) => {
    expect(periodUpTo('2026-10-30', range)).toEqual({ from, to: '2026-10-31T00:00:00.000Z' });
  });

  it('is whole weeks of whole days, whatever the day', () => {
    const day = fc.date({ min: new Date('2008-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(day, fc.constantFrom(...timeRange.options), (date, range) => {
        const lastDay = date.toISOString().slice(0, 10);
        const { from, to } = periodUpTo(lastDay, range);
        expect((Date.parse(to) - Date.parse(from)) % (7 * 86_400_000)).toBe(0);
        expect(new Date(Date.parse(to) - 1).toISOString().slice(0, 10)).toBe(lastDay);
      }),
    );
  });
});
