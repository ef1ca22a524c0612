import { describe, expect, it } from 'vitest';
import { wilsonInterval } from './wilson.js';

describe("Wilson's interval", () => {
  it.each([
    [8, 10],
    [50, 100],
    [1, 3],
    [999, 1_000],
  ])('of %i in %i ends where the share found is 1.96 standard errors away', (hits, trials) => {
    const { low, high } = wilsonInterval(hits, trials);
    for (const bound of [low, high]) {
      const errors = Math.abs(hits / trials - bound) / Math.sqrt((bound * (1 - bound)) / trials);
      expect(errors).toBeCloseTo(1.96, 3);
    }
    expect(low).toBeLessThan(hits / trials);
    expect(high).toBeGreaterThan(hits / trials);
  });

  it.each([1, 10, 1_000])(
    'stays within 0 and 1 for %i of one kind, and leaves room for the other',
    (trials) => {
      const [none, all] = [wilsonInterval(0, trials), wilsonInterval(trials, trials)];
      expect(none.low).toBeCloseTo(0, 12);
      expect(all.high).toBeCloseTo(1, 12);
      for (const inside of [none.high, all.low]) {
        expect(inside).toBeGreaterThan(0);
        expect(inside).toBeLessThan(1);
      }
      expect(none.low).toBeGreaterThanOrEqual(0);
      expect(all.high).toBeLessThanOrEqual(1);
    },
  );

  it('narrows with the number of trials', () => {
    const widths = [10, 100, 1_000].map((n) => wilsonInterval(n / 2, n)).map(({ low, high }) => high - low);
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
  });
});
