import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deviationOfEntropy,
  differenceOfMeans,
  differenceOfShares,
  isAheadBeyondCounting,
  isBeyondCounting,
} from './differences.js';

describe('the difference of two shares', () => {
  // Newcombe's Table II, method 10.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])('has the interval that its source gives: %i/%i less %i/%i', (a, m, b, n, low, high) => {
    const interval = differenceOfShares({ hits: a, trials: m }, { hits: b, trials: n });
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('holds the difference, within -1 and 1, whichever is first', () => {
    const share = fc
      .tuple(fc.integer({ min: 1, max: 3_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([trials, part]) => ({ hits: Math.round(part * trials), trials }));
    fc.assert(
      fc.property(share, share, (a, b) => {
        const { low, high } = differenceOfShares(a, b);
        const difference = a.hits / a.trials - b.hits / b.trials;
        expect(low).toBeLessThanOrEqual(difference + 1e-9);
        expect(high).toBeGreaterThanOrEqual(difference - 1e-9);
        expect(low).toBeGreaterThanOrEqual(-1 - 1e-9);
        expect(high).toBeLessThanOrEqual(1 + 1e-9);
        const turned = differenceOfShares(b, a);
        expect(turned.low).toBeCloseTo(-high, 9);
      }),
    );
  });

  it('of a few things is none', () => {
    const few = differenceOfShares({ hits: 3, trials: 10 }, { hits: 2, trials: 10 });
    expect(isBeyondCounting(few)).toBe(false);
    const many = differenceOfShares({ hits: 300, trials: 1_000 }, { hits: 200, trials: 1_000 });
    expect(isBeyondCounting(many)).toBe(true);
  });
});

it('a lead of one sample is beyond counting where few would have it by chance', () => {
  expect([isAheadBeyondCounting(2, 1), isAheadBeyondCounting(3, 0), isAheadBeyondCounting(4, 0)]).toEqual([
    false,
    false,
    true,
  ]);
  expect([isAheadBeyondCounting(12, 8), isAheadBeyondCounting(20, 8)]).toEqual([false, true]);
});

it('the difference of two means has a margin that shrinks with what was counted', () => {
  const of = (value: number, count: number) => ({ value, deviation: 0.2, count });
  const { low, high } = differenceOfMeans(of(0.6, 50), of(0.5, 50));
  expect(low).toBeCloseTo(0.1 - 1.96 * 0.04, 3);
  expect(high).toBeCloseTo(0.1 + 1.96 * 0.04, 3);
  expect(isBeyondCounting(differenceOfMeans(of(0.6, 20), of(0.5, 20)))).toBe(false);
});

it('an entropy is certain of one mood alone, and of equal shares', () => {
  expect(deviationOfEntropy([1, 0, 0, 0])).toBe(0);
  expect(deviationOfEntropy([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(0, 9);
  expect(deviationOfEntropy([0.7, 0.1, 0.1, 0.1])).toBeCloseTo(0.8917, 3);
});
