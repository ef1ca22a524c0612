import { wilsonInterval, Z } from './wilson.js';

/** So many hits of so many trials; both may be means over several samples, so they need not be whole. */
export interface Share {
  readonly hits: number;
  /** At least 1. */
  readonly trials: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Where the difference of two shares, now less before, lies at 95 % confidence: Newcombe's hybrid score interval, from
 * the two Wilson intervals. It keeps within -1 and 1, and is right for few trials and for shares of none or all, where the
 * textbook's (Wald's) is far too narrow.
 * Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
 * methods", Statistics in Medicine 17 (1998), 873–890, method 10.
 */
export function differenceOfShares(now: Share, before: Share): Interval {
  const [a, b] = [now.hits / now.trials, before.hits / before.trials];
  const [ofA, ofB] = [wilsonInterval(now.hits, now.trials), wilsonInterval(before.hits, before.trials)];
  return {
    low: a - b - Math.hypot(a - ofA.low, ofB.high - b),
    high: a - b + Math.hypot(ofA.high - a, b - ofB.low),
  };
}

/**
 * Whether the first of two counts of one sample is ahead of the second by more than chance: (a − b)² > z² (a + b). Source:
 * Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", Psychometrika 12
 * (1947), 153–157.
 */
export const isAheadBeyondCounting = (first: number, second: number): boolean =>
  (first - second) ** 2 > Z ** 2 * (first + second);

/** A mean of so many values, and their deviation. */
export interface Mean {
  readonly value: number;
  readonly deviation: number;
  /** At least 1. */
  readonly count: number;
}

/**
 * Where the difference of two means, now less before, lies at 95 % confidence, by the normal distribution:
 * d ± z √(s₁²/n₁ + s₂²/n₂). Source: B. L. Welch, "The significance of the difference between two means when the population
 * variances are unequal", Biometrika 29 (1938), 350–362, without his correction of the degrees of freedom.
 */
export function differenceOfMeans(now: Mean, before: Mean): Interval {
  const difference = now.value - before.value;
  const reach = Z * Math.sqrt(now.deviation ** 2 / now.count + before.deviation ** 2 / before.count);
  return { low: difference - reach, high: difference + reach };
}

/**
 * The deviation, per thing counted, of the entropy −Σ p ln p as it is estimated from shares: √(Σ p ln² p − H²).
 * Source: G. P. Basharin, "On a statistical estimate for the entropy of a sequence of independent random variables",
 * Theory of Probability and its Applications 4 (1959), 333–336.
 */
export function deviationOfEntropy(shares: readonly number[]): number {
  const known = shares.filter((share) => share > 0);
  const entropy = known.reduce((sum, share) => sum - share * Math.log(share), 0);
  const squares = known.reduce((sum, share) => sum + share * Math.log(share) ** 2, 0);
  return Math.sqrt(Math.max(0, squares - entropy ** 2));
}

/** Whether the interval has no nought in it: the two differ by more than the margin of counting. */
export const isBeyondCounting = ({ low, high }: Interval): boolean => low > 0 || high < 0;
