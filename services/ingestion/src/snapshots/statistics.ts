/** Arithmetic mean; null of nothing. */
export function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (divisor n − 1), in two passes; null of fewer than two values. */
export function sampleDeviation(values: readonly number[]): number | null {
  const centre = mean(values);
  if (centre === null || values.length < 2) return null;
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * Shannon entropy of counts over its maximum: −Σ pᵢ ln pᵢ / ln k over all k kinds, 0 for one kind alone, 1 for all
 * alike; null when nothing was counted. Source: E. C. Pielou, "The measurement of diversity in different types of
 * biological collections", 1966 (evenness).
 */
export function normalisedEntropy(counts: readonly number[]): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  if (counts.length < 2) return 0;
  const entropy = counts
    .filter((count) => count > 0)
    .reduce((sum, count) => sum - (count / total) * Math.log(count / total), 0);
  // Rounding may leave a hair above one.
  return Math.min(1, entropy / Math.log(counts.length));
}
