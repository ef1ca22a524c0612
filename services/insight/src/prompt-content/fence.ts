import { createHash } from 'node:crypto';

/** A mark of this request's own; a name from outside cannot foresee it, because the seed is an id made after the upload. */
export const fenceMark = (seed: string): string =>
  createHash('sha256').update(`fence\n${seed}`).digest('hex').slice(0, 16);

/** Characters that could end a tag, or a line where a parser counts lines; JSON knows them by number as well. */
const TELLING = /[<>&\u2028\u2029]/g;

/**
 * A value as data that must not be taken for instructions: JSON between two tags that only this request knows, with
 * nothing in it that could pass for a tag.
 */
export function fenced(value: unknown, mark: string): string {
  const json = JSON.stringify(value, null, 1).replace(
    TELLING,
    (one) => String.raw`\u` + one.charCodeAt(0).toString(16).padStart(4, '0'),
  );
  return `<data-${mark}>\n${json}\n</data-${mark}>`;
}
