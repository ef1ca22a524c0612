import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.js';

describe('the wait before another try', () => {
  it.each([
    [1, 100, 1_000],
    [2, 200, 2_000],
    [5, 1_600, 16_000],
    [9, 25_600, 256_000],
    [10, 30_000, 300_000],
    [1_000, 30_000, 300_000],
  ])('after try %i is from %i to %i ms', (attempt, least, most) => {
    expect(backoffMs(attempt, 0)).toBe(least);
    expect(backoffMs(attempt, 1)).toBe(most);
  });

  it('is spread evenly between the two', () => {
    const waits = Array.from({ length: 11 }, (_, tenth) => backoffMs(1, tenth / 10));
    expect(waits).toEqual([100, 190, 280, 370, 460, 550, 640, 730, 820, 910, 1_000]);
  });

  it('has a base and a cap of the caller’s choice', () => {
    expect(backoffMs(3, 1, 100, 30_000)).toBe(400);
    expect(backoffMs(30, 1, 100, 30_000)).toBe(30_000);
  });
});
