import type { InsightText } from '@undertone/contracts/insight/insight';
import type { Facts } from '../facts/facts.js';
import { sizeOfChange } from '../facts/scale.js';
import { contradictions, type Said } from '../statements/contradictions.js';
import { changeOf, directionIn, isTold, isTrueOf } from '../statements/is-true.js';
import type { Statement } from '../statements/statement.js';
import { literalStatementsIn } from '../statements/statements-in.js';

const isOpposite = (a: Statement['direction'] | undefined, b: Statement['direction']): boolean =>
  a === undefined || (a !== 'mid' && b !== 'mid' && a !== b);

const wordsOf = (said: readonly Said[]): string[] => [...new Set(said.map(({ where }) => where))];

/** Places that call a measure high whose mean is low, or low whose mean is high, or either of one that is not known. */
export const wrongLevels = (text: InsightText, facts: Facts): string[] =>
  wordsOf(
    literalStatementsIn(text).filter(
      ({ statement }) =>
        statement.measure === 'level' && isOpposite(directionIn(facts, statement), statement.direction),
    ),
  );

/**
 * Places that claim more than the numbers bear out: a majority that is none, a lead that is a tie, a jump within the margin
 * of counting, a change the other way, plays that were not counted. Between a middle and an end of the scale it is lenient:
 * other words than the templates' may draw that line elsewhere.
 */
export const overclaims = (text: InsightText, facts: Facts): string[] =>
  wordsOf(literalStatementsIn(text).filter(({ statement }) => isTooMuch(statement, facts)));

function isTooMuch(statement: Statement, facts: Facts): boolean {
  const { measure, direction, strength } = statement;
  switch (measure) {
    case 'level':
    case 'confidence':
      return false;
    case 'share':
    case 'counting':
      return !isTrueOf(facts, statement);
    case 'spread':
    case 'lead':
      return isOpposite(directionIn(facts, statement), direction);
    case 'change': {
      const change = changeOf(facts, statement.subject);
      // Of one measure a reader may say that it shows none.
      if (direction === 'mid' && change) return isTold(change) || sizeOfChange(change.metric, change.by) >= 1;
      if (strength !== 'strong' && change) return direction === 'high' ? change.by < 0 : change.by > 0;
      return directionIn(facts, statement) !== direction;
    }
    default:
      throw new Error(`nothing is measured by ${measure satisfies never}`);
  }
}

/** Pairs of places that cannot both be true, whatever the numbers. */
export const contradictionsIn = (text: InsightText): string[] =>
  contradictions(literalStatementsIn(text)).map(([a, b]) => `"${a.where}" and "${b.where}"`);
