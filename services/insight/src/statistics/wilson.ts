/** The standard normal distribution's quantile at 0.975: an interval at 95 % confidence has both ends outside. */
export const Z = 1.959963984540054;

/**
 * Where a share of a whole population lies, at 95 % confidence, when `hits` of `trials` drawn from it were hits. Stays
 * within 0 and 1 and says something useful for few trials, where the textbook interval does not.
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209–212;
 * recommended over the alternatives by Brown, Cai and DasGupta, Statistical Science 16 (2001), 101–133.
 * @param hits from 0 to `trials`.
 * @param trials at least 1.
 */
export function wilsonInterval(hits: number, trials: number): { low: number; high: number } {
  const share = hits / trials;
  const z2 = Z ** 2;
  const middle = share + z2 / (2 * trials);
  const reach = Z * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials ** 2));
  const scale = 1 + z2 / trials;
  // Rounding errors must not lead out of the possible.
  return { low: Math.max(0, (middle - reach) / scale), high: Math.min(1, (middle + reach) / scale) };
}
