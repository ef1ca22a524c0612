import type { InsightText } from '@undertone/contracts/insight/insight';
import { clausesOf, isTurned, sentencesOf } from '../insight-text/clauses.js';
import type { Said } from './contradictions.js';
import { all, literal, type Phrase } from './phrases.js';

/**
 * What a finished text of the templates claims, by the words that are known here, each with the words that do. A clause that
 * says what is not, or what was, is left out; so are tips, which tell of no music. What is said in other words is not found.
 */
export const statementsIn = (text: InsightText): Said[] => readBy(all, text);

/** The same of a text by whomever: by words that mean nothing else. */
export const literalStatementsIn = (text: InsightText): Said[] => readBy(literal, text);

function readBy(phrases: readonly Phrase[], { title, body, highlights }: InsightText): Said[] {
  const told = [title, body, ...highlights.map(({ text }) => text)];
  return told.flatMap(sentencesOf).flatMap((sentence) =>
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
  return isTurned(`${before} ⋯ ${after}`);
}
