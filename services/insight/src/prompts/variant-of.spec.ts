import { newId } from '@undertone/platform/ids/ids';
import { describe, expect, it } from 'vitest';
import { variantOf } from './variant-of.js';

const variants = [
  { variant: 'control', number: 1, percent: 70 },
  { variant: 'shorter', number: 2, percent: 20 },
  { variant: 'warmer', number: 3, percent: 10 },
];
const people = Array.from({ length: 10_000 }, newId);
const experiment = { experiment_id: '0199b2c4-7a10-7d2e-8f31-52c6b8d0e4f7', variants };

describe('the variant of a person', () => {
  it('is the same one always', () => {
    // A storage format: another answer would move people between variants of a running experiment.
    const known = ['0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20', '0199b2c4-8c44-7b19-a6e0-91f3d5c7b2a8'];
    expect(known.map((userId) => variantOf(experiment, userId).variant)).toMatchInlineSnapshot(`
      [
        "control",
        "control",
      ]
    `);
    for (const userId of people.slice(0, 100)) {
      expect(variantOf(experiment, userId)).toBe(variantOf(experiment, userId));
    }
  });

  it('is spread over the people as the shares say', () => {
    for (const { variant, percent } of variants) {
      const count = people.filter((userId) => variantOf(experiment, userId).variant === variant).length;
      const share = percent / 100;
      // Five standard deviations of a binomial count: less than once in a million runs by chance.
      const bound = 5 * Math.sqrt(people.length * share * (1 - share));
      expect(Math.abs(count - people.length * share)).toBeLessThan(bound);
    }
  });

  it('in one experiment says nothing of that in another', () => {
    const other = { experiment_id: newId(), variants };
    const inBoth = people.filter(
      (userId) =>
        variantOf(experiment, userId).variant === 'shorter' && variantOf(other, userId).variant === 'shorter',
    );
    const share = 0.2 * 0.2;
    const bound = 5 * Math.sqrt(people.length * share * (1 - share));
    expect(Math.abs(inBoth.length - people.length * share)).toBeLessThan(bound);
  });

  it('needs shares that add up', () => {
    const half = { ...experiment, variants: [{ variant: 'a', number: 1, percent: 1 }] };
    expect(() => people.map((userId) => variantOf(half, userId))).toThrow(/do not add up/);
  });
});
