import { describe, expect, it } from 'vitest';
import { mean, normalisedEntropy, sampleDeviation } from './statistics.js';

describe('mean', () => {
  it.each([
    [[], null],
    [[0], 0],
    [[-7.5], -7.5],
    [[1, 2, 3, 4], 2.5],
    [[-12, -6, -3], -7],
  ])('of %j is %j', (values, expected) => expect(mean(values)).toBe(expected));
});

describe('sample deviation', () => {
  it.each([
    ['nothing', [], null],
    ['one value', [0.4], null],
    ['two alike', [0.4, 0.4], 0],
    ['two', [1, 3], Math.SQRT2],
    ['a textbook’s eight', [2, 4, 4, 4, 5, 5, 7, 9], 2.138089935299395],
    ['negative ones', [-12, -6, -3], 4.58257569495584],
  ])('of %s', (_, values, expected) => {
    const deviation = sampleDeviation(values);
    if (expected === null) expect(deviation).toBeNull();
    else expect(deviation).toBeCloseTo(expected, 14);
  });

  it('does not move when every value does', () => {
    const values = [0.13, 0.57, 0.91, 0.22];
    const far = values.map((value) => value + 1e6);
    // One pass (mean of squares less square of the mean) would be off by thousands here.
    expect(sampleDeviation(far)).toBeCloseTo(sampleDeviation(values) ?? Number.NaN, 8);
  });
});

describe('normalised entropy', () => {
  it.each([
    ['nothing', [], null],
    ['nothing counted', [0, 0, 0, 0], null],
    ['one kind there is', [5], 0],
    ['one kind of four', [0, 7, 0, 0], 0],
    ['four alike', [3, 3, 3, 3], 1],
    ['two alike of four: ln 2 / ln 4', [5, 5, 0, 0], 0.5],
    ['two alike of two', [5, 5], 1],
    ['½, ¼, ⅛, ⅛: 1.75 bit of 2', [4, 2, 1, 1], 0.875],
  ])('of %s', (_, counts, expected) => {
    const entropy = normalisedEntropy(counts);
    if (expected === null) expect(entropy).toBeNull();
    else expect(entropy).toBeCloseTo(expected, 14);
  });

  it('never leaves 0 to 1, and does not depend on order or scale', () => {
    for (let a = 0; a < 6; a += 1) {
      for (let b = 0; b < 6; b += 1) {
        for (let c = 1; c < 6; c += 1) {
          const entropy = normalisedEntropy([a, b, c, 2]) ?? Number.NaN;
          expect(entropy).toBeGreaterThanOrEqual(0);
          expect(entropy).toBeLessThanOrEqual(1);
          expect(normalisedEntropy([2, c, a, b])).toBeCloseTo(entropy, 12);
          expect(normalisedEntropy([a * 9, b * 9, c * 9, 18])).toBeCloseTo(entropy, 12);
        }
      }
    }
  });
});
