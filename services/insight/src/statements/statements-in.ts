import type { InsightText } from '@undertone/contracts/insight/insight';
import { clausesOf, isTurned, sentencesOf } from '../insight-text/clauses.js';
import type { Said } from './contradictions.js';
import { all, literal, type Phrase } from './phrases.js';

/**
 * What a finished text of the templates claims, by the words that are known here, each with the words that do. A clause that
 * says what is not, or what was, is left out; so is what tips ask for, which tells of no music. What is said in other words is not found.
 */
export const statementsIn = (text: InsightText): Said[] => readBy(all, text);

/** The same of a text by whomever: by words that mean nothing else. */
export const literalStatementsIn = (text: InsightText): Said[] => readBy(literal, text);

/** Of a tip, what tells rather than asks. */
const TELLING = /\b(?:is|are|was|were|has|had|averaged|sounded|led|since|because|given)\b/i;

function readBy(phrases: readonly Phrase[], { title, body, highlights, tips }: InsightText): Said[] {
  const told = [title, body, ...highlights.map(({ text }) => text)].flatMap(sentencesOf);
  const tipped = tips.flatMap(sentencesOf).filter((sentence) => TELLING.test(sentence));
  return [...told, ...tipped].flatMap((sentence) =>
    phrases.flatMap(({ pattern, says, isWhole }) =>
      [...sentence.matchAll(pattern)].flatMap((match) => {
        if (!isWhole && isTurnedAt(sentence, match)) return [];
        return says(match.groups ?? {}).map((statement) => ({ statement, where: match[0] }));
      }),
    ),
  );
}

/** Whether the clause around a match, but not the match itself, turns it round. */
function isTurnedAt(sentence: string, { 0: said, index }: RegExpExecArray): boolean {
  const before = clausesOf(sentence.slice(0, index)).at(-1) ?? '';
  const after = clausesOf(sentence.slice(index + said.length))[0] ?? '';
  // "From low energy to high" begins with what was.
  return /\bfrom\s*$/i.test(before) || isTurned(`${before} ⋯ ${after}`);
}
