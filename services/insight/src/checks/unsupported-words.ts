import { featureNames } from '@undertone/contracts/listening/snapshot';
import type { Facts } from '../facts/facts.js';
import { shortHistory } from '../facts/period-of.js';

/** Musical keys and modes, which no number here says. */
const KEYS = [
  /\b(?:(?:major|minor)[- ](?:keys?|chords?|scales?|modes?|tonality|thirds?)|in (?:major|minor)(?=[,.;:!?]|$))(?![\p{L}\p{N}])/giu,
  // With a capital alone, and no "A major part".
  /\b(?:keys? of [A-G]|[A-G](?:[- ](?:sharp|flat)|[♯♭#]) (?:major|minor)|[B-G] (?:major|minor)|in A (?:major|minor))(?![\p{L}\p{N}])/gu,
];

const YEARS =
  /\b(?:(?:over|for|during|through|throughout|across|in) (?:the|this|your|a) (?:(?:past|last|whole|entire|full|previous) )*year|(?:the|this|your) (?:past|last|whole|entire|full) year|(?:past|last) twelve months|this year in|all year(?: long)?|year[- ]long|of the year (?:so far|up to))(?![\p{L}\p{N}])/giu;

const hasMode = (featureNames as readonly string[]).includes('mode');

/** Words for what the facts do not have: a key where none was measured, a year where the numbers are of less. */
export function unsupportedWords(text: string, { snapshot, weeks }: Facts): string[] {
  const isYear = weeks.length === 0 && snapshot.time_range === 'long_term' && !shortHistory(snapshot);
  const patterns = [...(hasMode ? [] : KEYS), ...(isYear ? [] : [YEARS])];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([said]) => said));
}
