import type { Facts } from '../facts/facts.js';
import { shownNumbers } from '../facts/shown-numbers.js';

const PARTS: Readonly<Record<string, number>> = {
  half: 2,
  halves: 2,
  third: 3,
  quarter: 4,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
};
const COUNTS = ['a', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const count = (word: string): number => Math.max(1, COUNTS.indexOf(word.toLowerCase()));
const several = COUNTS.slice(1).join('|');
const parts = Object.keys(PARTS).join('|');

/** Of what a share can be: "half of the tracks", "a third of your music". "Half awake" and "a half-smile" are no shares. */
const WHOLE = String.raw`(?:of )?(?:all|your|the|these|those|what|everything|it|them|tracks|songs|plays|music)\b`;
const FRACTION = new RegExp(String.raw`\b(?:(?<n>a|${several})[- ])?(?<part>${parts})s? ${WHOLE}`, 'gi');
const OUT_OF = new RegExp(
  String.raw`\b(?<n>${several}) (?:in|out of)(?: every)? (?<of>${several})\b(?! (?:way|piece)s?\b)`,
  'gi',
);
/** Numbers of times are none of the facts'. */
const TIMES = new RegExp(
  String.raw`\b(?:twice|thrice|double|triple|quadruple)d?(?: (?:as|the|that|what|your)\b)|\b(?:doubled|tripled|halved|quadrupled)\b|\b(?:${several}|ten|dozens of|hundreds of) times\b|\b(?:two|three|four|five|ten)fold\b`,
  'gi',
);

/**
 * Shares and multiples in words that are not true of the facts, as they stand in the text. A share is true where a
 * percentage is shown that it rounds to: "half" for 50%, "a third" for 33%.
 */
export function unknownShares(text: string, facts: Facts): string[] {
  const shown = [...shownNumbers(facts).values()].flatMap((number) => /^(\d+)%$/.exec(number)?.[1] ?? []);
  const percentages = new Set(shown.map(Number));
  const isShown = (share: number) => percentages.has(Math.round(100 * share));
  const fractions = [...text.matchAll(FRACTION)].filter(({ groups = {} }) => {
    const part = PARTS[groups.part?.toLowerCase() ?? ''] ?? PARTS.half ?? 2;
    return !isShown(count(groups.n ?? 'a') / part);
  });
  const outOf = [...text.matchAll(OUT_OF)].filter(
    ({ groups = {} }) => !isShown(count(groups.n ?? '') / count(groups.of ?? '')),
  );
  return [...fractions, ...outOf, ...text.matchAll(TIMES)].map(([said]) => said);
}
