/** Whether this is `npm run soak`, where the long tests have their full size. */
export const soaking = process.env.SOAK === '1';

/**
 * How much a test or a bench does: what an environment variable of this name says, else what the kind of run does.
 * @param sizes `soak` in `npm run soak`, where that does more than is `usual`
 * @throws {Error} when the variable is not a whole number above 0.
 */
export function sizeOf(name: string, sizes: { usual: number; soak?: number }): number {
  const given = process.env[name];
  if (!given) return soaking && sizes.soak !== undefined ? sizes.soak : sizes.usual;
  const size = Number(given);
  if (!Number.isInteger(size) || size < 1) throw new Error(`${name} is not a whole number above 0: ${given}`);
  return size;
}
