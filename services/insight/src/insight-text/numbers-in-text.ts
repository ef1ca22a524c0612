/** What stands behind a number in a text, or `plain` where nothing does. */
export type NumberUnit = 'percent' | 'tracks' | 'plays' | 'bpm' | 'decibels' | 'span' | 'date' | 'plain';

/** A number as a text has it. */
export interface NumberInText {
  /** With its unit: `18%`, `121 BPM`. */
  readonly text: string;
  /** NaN for what cannot be one of a snapshot's numbers, such as `9k`, `3rd` or `2 times`. Dates are yyyymmdd, parts left out are 0. */
  readonly value: number;
  readonly unit: NumberUnit;
}

const MONTHS =
  'Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?';
const MONTH_STARTS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = String.raw`\d{1,2}(?!\d)(?:st|nd|rd|th)?`;
// Months with a capital alone: "may 12 tracks" is no date.
const DATES = [
  String.raw`(?<![\d-])(?<y0>\d{4})-(?<m0>\d{2})-(?<d0>\d{2})(?![\d-])`,
  String.raw`(?<![\d.,])(?<d1>${DAY})(?: of)? (?<m1>${MONTHS})\b\.?(?:,? (?<y1>\d{4})\b)?`,
  String.raw`\b(?<m2>${MONTHS})\.? (?<d2>${DAY})\b(?:,? (?<y2>\d{4})\b)?`,
  String.raw`\b(?<m3>${MONTHS})\.?,? (?<y3>\d{4})\b`,
];
const DATE = new RegExp(DATES.join('|'), 'g');

const SMALL =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const UNITS: readonly [NumberUnit, string][] = [
  ['percent', String.raw`%|per ?cent\b|percentage points?\b`],
  ['bpm', String.raw`BPM\b|beats (?:a|per) minute\b`],
  ['decibels', String.raw`dB(?:FS)?\b|decibels?\b`],
  ['tracks', String.raw`(?:tracks?|songs?)\b`],
  ['plays', String.raw`(?:plays?|streams?|listens?)\b`],
  ['span', String.raw`(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?)\b`],
];
const ANY_UNIT = UNITS.map(([, pattern]) => pattern).join('|');
const UNIT_STARTS = UNITS.map(([unit, pattern]) => [unit, new RegExp(`^[ -]?(?:${pattern})`, 'i')] as const);

// The ends of a scale are no claim: "on a scale from 0 to 1", "0.62 out of 1".
const SCALE = new RegExp(
  String.raw`(?<![\d.,-])0(?:\.0+)? ?(?:to|and|[-–—]) ?1(?:\.0+)?(?![\d\w]|[.,]\d| ?(?:${ANY_UNIT}))|(?<=\d) ?(?:\/ ?|out of )1(?:\.0+)?(?![\d\w]|[.,]\d| ?(?:${ANY_UNIT}))`,
  'gi',
);
const NUMBER = /(?:(?<![\p{L}\p{N}])[-−–])?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+|[^\P{N}0-9]+/gu;
const MADE_OF_IT = /^(?:\p{L}|[ -]?(?:times|fold|thousand|million|billion|hundred|dozen|x)\b| ?×)/iu;
/** What a number of times is a number of plays after. */
const PLAYED = /\b(?:play(?:ed)?|heard|streamed)(?: about| just| only)? $/i;
const SPELLED = new RegExp(
  String.raw`(?<!\b(?:one|two|three|four) (?:in|out of)(?: every)? )\b(?:(?:a|one) (?<hundred>hundred)|(?<tens>${TENS.join('|')})(?:[- ](?<ones>${SMALL.slice(0, 9).join('|')}))?|(?<small>${SMALL.join('|')}))[ -](?<unit>${ANY_UNIT})`,
  'gi',
);

function dateOf({ 0: text, groups = {} }: RegExpExecArray): NumberInText {
  const part = (name: string) => [0, 1, 2, 3].map((n) => groups[`${name}${n}`]).find(Boolean) ?? '0';
  const month = Number(part('m')) || MONTH_STARTS.indexOf(part('m').slice(0, 3)) + 1;
  return {
    text,
    unit: 'date',
    value: Number(part('y')) * 10_000 + month * 100 + Number.parseInt(part('d'), 10),
  };
}

function unitAt(text: string): readonly [NumberUnit, string] {
  for (const [unit, start] of UNIT_STARTS) {
    const said = start.exec(text)?.[0];
    if (said !== undefined) return [unit, said];
  }
  return ['plain', ''];
}

function spelledOf({ 0: text, groups = {} }: RegExpExecArray): NumberInText[] {
  const [unit] = unitAt(groups.unit ?? '');
  const place = (words: readonly string[], word = '') => words.indexOf(word.toLowerCase());
  const value = groups.hundred
    ? 100
    : groups.tens
      ? (place(TENS, groups.tens) + 2) * 10 + place(SMALL, groups.ones) + 1
      : place(SMALL, groups.small) + 1;
  // "one track" and "two weeks" are turns of phrase more often than counts.
  if (unit === 'span' || (value === 1 && unit === 'tracks')) return [];
  return [{ text, unit, value }];
}

/**
 * The numbers of a text, in digits of any script and, where a unit follows, in words ("forty percent", "twelve
 * tracks"). Shares in words such as "half" say no exact number and are not read, nor are the ends of a scale of 0 to 1.
 */
export function numbersIn(text: string): NumberInText[] {
  const found: NumberInText[] = [];
  // Format characters could hide a number; thin and no-break spaces and apostrophes group thousands.
  let rest = text
    .replace(/\p{Cf}/gu, '')
    .replace(/(?<=\d)[\u00a0\u2009\u202f'’](?=\d{3}(?!\d))/g, '')
    .normalize('NFKC');
  for (const match of rest.matchAll(DATE)) found.push(dateOf(match));
  rest = rest.replace(DATE, '⋯').replace(SCALE, '⋯');
  for (const match of rest.matchAll(NUMBER)) {
    const after = rest.slice(match.index + match[0].length, match.index + match[0].length + 24);
    const before = rest.slice(0, match.index);
    const [unit, said] = unitAt(after);
    if (PLAYED.test(before) && / ?times\b/.exec(after)?.index === 0) {
      found.push({ text: `${match[0]} times`, unit: 'plays', value: Number(match[0].replaceAll(',', '')) });
      continue;
    }
    const glued = /\p{L}$/u.test(before) || (unit === 'plain' && MADE_OF_IT.test(after));
    const value = Number(match[0].replaceAll(',', '').replace(/^[−–]/, '-'));
    found.push({ text: match[0] + said, unit, value: glued ? Number.NaN : value });
  }
  for (const match of rest.matchAll(SPELLED)) found.push(...spelledOf(match));
  return found;
}
