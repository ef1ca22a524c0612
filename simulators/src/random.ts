import { createHash } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 32-bit FNV-1a over the parts, finished with murmur3's mixer so that neighbouring inputs land far apart. */
function hash32(parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  const text = parts.join('\u0000');
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A number in [0, 1) that is the same for the same parts on every machine and in every run. */
export function uniform(...parts: readonly (string | number)[]): number {
  return hash32(parts) / 0x1_0000_0000;
}

/** A standard normal number that is the same for the same parts (Box–Muller). */
export function normal(...parts: readonly (string | number)[]): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(...parts, 'radius')));
  return radius * Math.cos(2 * Math.PI * uniform(...parts, 'angle'));
}

/** A whole number from `from` up to and including `to`. */
export function integer(from: number, to: number, ...parts: readonly (string | number)[]): number {
  return from + Math.floor(uniform(...parts) * (to - from + 1));
}

/**
 * Noise over time without jumps: between two whole values of `position` it glides from one number in [0, 1)
 * to the next. Tastes drift along it.
 */
export function glide(position: number, ...parts: readonly (string | number)[]): number {
  const step = Math.floor(position);
  const share = position - step;
  const eased = share * share * (3 - 2 * share);
  return uniform(...parts, step) * (1 - eased) + uniform(...parts, step + 1) * eased;
}

/** A Spotify-shaped id: 22 base-62 characters derived from the parts. */
export function base62Id(...parts: readonly string[]): string {
  const digest = createHash('sha256').update(parts.join('\u0000')).digest();
  return Array.from(digest.subarray(0, 22), (byte) => BASE62.charAt(byte % 62)).join('');
}

/** A UUID (version 8, custom content) derived from the parts. */
export function derivedUuid(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\u0000')).digest('hex');
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
