/**
 * Exponential backoff with full jitter: a random share of `base · 2^(attempt−1)`, never under a tenth of it and
 * never over the cap. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * @param attempt the try that just failed, from 1.
 * @param random a number from 0 to 1.
 * @returns milliseconds.
 */
export function backoffMs(attempt: number, random: number, base = 1_000, cap = 300_000): number {
  const ceiling = Math.min(cap, base * 2 ** (attempt - 1));
  return Math.round(ceiling * (0.1 + 0.9 * random));
}
