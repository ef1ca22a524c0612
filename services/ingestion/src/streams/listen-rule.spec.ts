import { describe, expect, it } from 'vitest';
import { isListen } from './listen-rule.js';

describe('a listen', () => {
  it.each([
    [0, false, false],
    [1, false, true],
    [29_999, true, false],
    [30_000, true, true],
    [null, false, true],
  ])('of %j ms, broken off: %j, is one: %j', (ms, brokenOff, expected) => {
    expect(isListen({ ms, brokenOff })).toBe(expected);
  });

  it.each([
    [{ min_seconds: 60, min_share: null }, 59_999, undefined, false],
    [{ min_seconds: 60, min_share: null }, 60_000, undefined, true],
    [{ min_seconds: null, min_share: 0.5 }, 90_000, 180_000, true],
    [{ min_seconds: null, min_share: 0.5 }, 89_999, 180_000, false],
    [{ min_seconds: 240, min_share: 0.5 }, 89_999, undefined, false],
    [{ min_seconds: 240, min_share: 0.5 }, 100_000, 180_000, true],
    [{ min_seconds: 240, min_share: 0.5 }, 240_000, 900_000, true],
    [{ min_seconds: 0, min_share: null }, 1, undefined, true],
    [{ min_seconds: 0, min_share: null }, 0, undefined, false],
  ])('by a threshold of one’s own, %j, of %i ms of %j: %j', (own, ms, durationMs, expected) => {
    for (const brokenOff of [true, false])
      expect(isListen({ ms, brokenOff, durationMs }, own)).toBe(expected);
  });

  it.each([
    [29_999, true, false],
    [30_000, true, true],
    [1, false, true],
    [0, false, false],
  ])(
    'by a share of a track of no known length, of %i ms, broken off: %j, is one by the rule: %j',
    (ms, brokenOff, expected) => {
      expect(isListen({ ms, brokenOff }, { min_seconds: null, min_share: 1 })).toBe(expected);
    },
  );

  it('is what an API tells, whatever the threshold: it says no length', () =>
    expect(isListen({ ms: null, brokenOff: false }, { min_seconds: 600, min_share: null })).toBe(true));
});
