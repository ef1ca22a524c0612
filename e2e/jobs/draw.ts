import { createHash } from 'node:crypto';

/** A number in [0, 1), the same for the same parts in every run. */
export const draw = (...parts: readonly (string | number)[]): number =>
  createHash('sha256').update(parts.join(' ')).digest().readUInt32BE() / 2 ** 32;

/** One of them, the same for the same parts. */
export const pick = <T>(from: readonly T[], ...parts: readonly (string | number)[]): T =>
  from[Math.floor(draw(...parts) * from.length)] as T;

/** A whole number from `from` up to and including `to`. */
export const between = (from: number, to: number, ...parts: readonly (string | number)[]): number =>
  from + Math.floor(draw(...parts) * (to - from + 1));
