import { comparisonOf } from '../facts/comparison.js';
import type { Facts } from '../facts/facts.js';
import { knownMoods } from '../facts/ranking.js';
import { shownNumbers } from '../facts/shown-numbers.js';
import { clausesOf, sentencesOf } from '../insight-text/clauses.js';

const NUMBER = String.raw`[-−–]?\d[\d,]*(?:\.\d+)?`;
const UNIT = '(?: ?(?:%|BPM|dB|percent|tracks?|plays?))?';
const FROM_TO = new RegExp(
  String.raw`\bfrom (?:a mean of )?(?<from>${NUMBER})${UNIT} to (?<to>${NUMBER})`,
  'gi',
);
const UP = /\b(?:rose|risen|climbed|grew|grown|went up|increased|jumped|soared|surged|gained)\b/i;
const DOWN =
  /\b(?:fell|fallen|dropped|eased|came down|went down|decreased|declined|slid|plunged|shrank|dipped)\b/i;

const numberIn = (said = ''): number => Number(said.replaceAll(',', '').replace(/^[−–]/, '-'));

/**
 * Places that tell of a change the wrong way: "fell from 27% to 50%", whatever the facts, and "from 0.70 to 0.38" where it
 * was 0.38 before and is 0.70 now.
 */
export function wrongWays(text: string, facts: Facts): string[] {
  const shown = shownNumbers(facts);
  const ways = (comparisonOf(facts)?.changes ?? []).map(({ metric }) => ({
    before: Number.parseFloat((shown.get(`before.${metric}`) ?? '').replaceAll(',', '')),
    now: Number.parseFloat((shown.get(metric) ?? '').replaceAll(',', '')),
  }));
  const went = (from: number, to: number) => ways.some(({ before, now }) => before === from && now === to);
  return sentencesOf(text).flatMap((sentence) =>
    [...sentence.matchAll(FROM_TO)]
      .filter(({ index, groups = {} }) => {
        const [from, to] = [numberIn(groups.from), numberIn(groups.to)];
        // The ends of a scale.
        if (from === 0 && to === 1) return false;
        const said = clausesOf(sentence.slice(0, index)).findLast((clause) => /\p{L}/u.test(clause)) ?? '';
        const [isUp, isDown] = [UP.test(said), DOWN.test(said)];
        if (isUp !== isDown && (isUp ? to < from : to > from)) return true;
        return from !== to && went(to, from) && !went(from, to);
      })
      .map(([said]) => said),
  );
}

const ABSENT = new RegExp(
  String.raw`\b(?:no|zero|not (?:one|a single)) (?<mood>${knownMoods.join('|')})(?:[- ]sounding)? (?:tracks?|songs?|music|plays?)(?= at all\b| (?:here|were found|turned up)\b|[.,;!?]|$)`,
  'gi',
);

/** Places that say of a mood that nothing has it, and something does. */
export function wrongAbsences(text: string, { snapshot, weeks: [week] }: Facts): string[] {
  const countOf = (said: string) =>
    knownMoods
      .filter((mood) => mood === said.toLowerCase())
      .reduce((sum, mood) => sum + (week ? week.moods[mood] : snapshot.mood_patterns[mood].track_count), 0);
  return [...text.matchAll(ABSENT)]
    .filter(({ groups = {} }) => countOf(groups.mood ?? '') > 0)
    .map(([said]) => said);
}
