/** A value and how many times it counts: a whole number from 1. */
export interface Weighted {
  readonly value: number;
  readonly weight: number;
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
const totalWeight = (values: readonly Weighted[]): number => sumOf(values.map(({ weight }) => weight));

/** Σwx / Σw; null of nothing. */
export function mean(values: readonly Weighted[]): number | null {
  if (values.length === 0) return null;
  return sumOf(values.map(({ value, weight }) => value * weight)) / totalWeight(values);
}

/**
 * √(Σw(x − x̄)² / (Σw − 1)), in two passes: the sample standard deviation of the values, each written down as often as
 * its weight says. Null where that makes fewer than two.
 */
export function sampleDeviation(values: readonly Weighted[]): number | null {
  const centre = mean(values);
  const total = totalWeight(values);
  if (centre === null || total < 2) return null;
  const squares = sumOf(values.map(({ value, weight }) => weight * (value - centre) ** 2));
  return Math.sqrt(squares / (total - 1));
}

/**
 * Shannon entropy of counts over its maximum: −Σ pᵢ ln pᵢ / ln k over all k kinds, 0 for one kind alone, 1 for all
 * alike; null when nothing was counted. Source: E. C. Pielou, "The measurement of diversity in different types of
 * biological collections", 1966 (evenness).
 */
export function normalisedEntropy(counts: readonly number[]): number | null {
  const total = sumOf(counts);
  if (total === 0) return null;
  if (counts.length < 2) return 0;
  const shares = counts.filter((count) => count > 0).map((count) => count / total);
  const entropy = -sumOf(shares.map((share) => share * Math.log(share)));
  // Rounding may leave a hair outside of 0 to 1.
  return Math.min(1, Math.max(0, entropy / Math.log(counts.length)));
}
