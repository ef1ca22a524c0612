import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mean, normalisedEntropy, sampleDeviation, type Weighted } from './statistics.js';

const once = (values: readonly number[]): Weighted[] => values.map((value) => ({ value, weight: 1 }));
const value = fc.double({ min: -1_000, max: 1_000, noNaN: true });
const weighted = fc.array(fc.record({ value, weight: fc.integer({ min: 1, max: 40 }) }), {
  minLength: 1,
  maxLength: 30,
});
/** Within what rounding may do to numbers of this size. */
const near = (a: number | null, b: number | null, size = 1_000): boolean =>
  a === null || b === null ? a === b : Math.abs(a - b) <= size * 1e-9;

describe('mean', () => {
  it.each([
    [[], null],
    [[0], 0],
    [[-7.5], -7.5],
    [[1, 2, 3, 4], 2.5],
    [[-12, -6, -3], -7],
  ])('of %j is %j', (values, expected) => expect(mean(once(values))).toBe(expected));

  it('counts a value as often as its weight says', () => {
    expect(
      mean([
        { value: 1, weight: 3 },
        { value: 5, weight: 1 },
      ]),
    ).toBe(2);
  });
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
    const deviation = sampleDeviation(once(values));
    if (expected === null) expect(deviation).toBeNull();
    else expect(deviation).toBeCloseTo(expected, 14);
  });

  it('does not move when every value does', () => {
    const values = [0.13, 0.57, 0.91, 0.22];
    const far = values.map((value) => value + 1e6);
    // One pass (mean of squares less square of the mean) would be off by thousands here.
    expect(sampleDeviation(once(far))).toBeCloseTo(sampleDeviation(once(values)) ?? Number.NaN, 8);
  });
});

describe('whatever the values and weights', () => {
  const written = (values: readonly Weighted[]) =>
    values.flatMap(({ value, weight }) => once(Array.from({ length: weight }, () => value)));

  it('a weight is the same as writing the value down so many times', () => {
    fc.assert(
      fc.property(weighted, (values) => {
        expect(near(mean(values), mean(written(values)))).toBe(true);
        expect(near(sampleDeviation(values), sampleDeviation(written(values)))).toBe(true);
      }),
    );
  });

  it('the order does not matter', () => {
    fc.assert(
      fc.property(weighted, (values) => {
        const turned = values.toReversed();
        expect(near(mean(values), mean(turned))).toBe(true);
        expect(near(sampleDeviation(values), sampleDeviation(turned))).toBe(true);
      }),
    );
  });

  it('moving all values moves the mean along and leaves the deviation; stretching them stretches both', () => {
    fc.assert(
      fc.property(weighted, value, fc.double({ min: 0.1, max: 10, noNaN: true }), (values, by, factor) => {
        const changed = values.map(({ value: x, weight }) => ({ value: x * factor + by, weight }));
        expect(near(mean(changed), (mean(values) ?? 0) * factor + by, 11_000)).toBe(true);
        const deviation = sampleDeviation(values);
        expect(near(sampleDeviation(changed), deviation === null ? null : deviation * factor, 11_000)).toBe(
          true,
        );
      }),
    );
  });

  it('the mean is between the least and the greatest, and the deviation no more than their distance', () => {
    fc.assert(
      fc.property(weighted, (values) => {
        const all = values.map(({ value: x }) => x);
        const [least, greatest] = [Math.min(...all), Math.max(...all)];
        expect(mean(values)).toBeGreaterThanOrEqual(least - 1e-6);
        expect(mean(values)).toBeLessThanOrEqual(greatest + 1e-6);
        expect(sampleDeviation(values) ?? 0).toBeLessThanOrEqual((greatest - least) * 1.000001 + 1e-6);
      }),
    );
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

  it('never leaves 0 to 1, depends on neither order nor scale, and is least for one kind and greatest for all alike', () => {
    const counts = fc.array(fc.nat(10_000), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 2, max: 50 }), (all, factor) => {
        const entropy = normalisedEntropy(all);
        if (all.every((count) => count === 0)) return expect(entropy).toBeNull();
        expect(entropy).toBeGreaterThanOrEqual(0);
        expect(entropy).toBeLessThanOrEqual(1);
        expect(normalisedEntropy(all.toReversed())).toBeCloseTo(entropy ?? Number.NaN, 12);
        expect(normalisedEntropy(all.map((count) => count * factor))).toBeCloseTo(entropy ?? Number.NaN, 12);
        const kinds = all.filter((count) => count > 0);
        expect(entropy === 0).toBe(kinds.length === 1);
        expect((entropy ?? 0) > 1 - 1e-12).toBe(new Set(all).size === 1);
      }),
    );
  });
});
