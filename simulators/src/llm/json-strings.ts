import type { InputFact } from './input-facts.js';
import type { Wording } from './wording.js';

interface StringBounds {
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly format?: string | undefined;
}

interface StringPlace {
  readonly name: string;
  readonly at: string;
  readonly index: number;
  readonly fact: InputFact | undefined;
}

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-01',
  'date-time': '2026-01-01T00:00:00.000Z',
  time: '00:00:00Z',
  email: 'nobody@listener.example',
  uri: 'https://listener.example/',
};

function textFor({ name, at, index, fact }: StringPlace, wording: Wording): string {
  if (/^(metric|measure|feature)(_?name|_?path|_?key)?s?$|^(key|path)$/i.test(name))
    return fact?.path ?? 'none';
  if (/title|headline|subject/i.test(name)) return wording.title(at);
  if (/tip|suggestion|advice|action|recommendation/i.test(name)) return wording.tip(name, index);
  if (/body|content|summary|insight|narrative|message|^text$/i.test(name) && !at.includes('['))
    return wording.paragraph(at);
  return wording.sentence(fact, at);
}

/** Cuts at a space, so that no number is cut in two. */
function atMost(text: string, length: number): string {
  if (text.length <= length) return text;
  const space = text.lastIndexOf(' ', length);
  return text.slice(0, space > 0 ? space : length);
}

function atLeast(text: string, length: number, wording: Wording): string {
  let grown = text;
  for (let index = 1; grown.length < length; index += 1) grown = `${grown} ${wording.filler(index)}`;
  return grown;
}

/**
 * A string for a place in the answer: a title, a tip, a paragraph, the name of a metric or a sentence, by the property's
 * name; within the schema's length. A `pattern` is met only where one of a few plain candidates meets it.
 */
export function stringFor(schema: StringBounds, place: StringPlace, wording: Wording): string {
  const formatted = schema.format === undefined ? undefined : FORMATS[schema.format];
  if (formatted !== undefined) return formatted;
  const longest = schema.maxLength ?? Number.POSITIVE_INFINITY;
  const text = textFor(place, wording);
  let fitted = atMost(atLeast(text, schema.minLength ?? 0, wording), longest);
  // A cut at a space may fall below the least length where the two bounds are close.
  if (fitted.length < (schema.minLength ?? 0)) fitted = fitted.padEnd(schema.minLength ?? 0, '.');
  const { pattern } = schema;
  if (pattern === undefined) return fitted;
  const matching = new RegExp(pattern, 'u');
  return (
    [fitted, place.fact?.name ?? 'a', 'a', 'A', 'en', '0', '#000000'].find((one) => matching.test(one)) ??
    fitted
  );
}
