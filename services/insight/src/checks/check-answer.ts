import type { InsightText } from '@undertone/contracts/insight/insight';
import { z } from 'zod';
import { judged, withoutNames } from '../facts/artists.js';
import type { Facts } from '../facts/facts.js';
import { citableMetrics } from '../facts/shown-numbers.js';
import { markupIn } from '../insight-text/markup.js';
import { wholeText } from '../insight-text/whole-text.js';
import type { Completion } from '../model-calls/completion.js';
import type { Fault } from '../types/fault.js';
import type { InsightTypeDefinition } from '../types/insight-type.js';
import { forbiddenClaims } from './forbidden-claims.js';
import { foreignLanguage } from './language.js';
import { misplacedNumbers } from './misplaced-numbers.js';
import { unknownShares } from './shares-in-words.js';
import { unknownNames } from './unknown-names.js';
import { unknownNumbers } from './unknown-numbers.js';
import { unsupportedWords } from './unsupported-words.js';
import { contradictionsIn, overclaims, wrongLevels } from './untrue-statements.js';
import { wrongLeaders } from './wrong-standings.js';
import { wrongAbsences, wrongWays } from './wrong-ways.js';

/** A text that may be kept, or all that is wrong with the answer. */
export type CheckedAnswer =
  | { readonly text: InsightText; readonly faults?: never }
  | { readonly text?: never; readonly faults: readonly [Fault, ...Fault[]] };

/** Whether an answer may be kept; names of artists are taken out of what is. */
export function checkAnswer(
  { content, refusal, finishReason }: Pick<Completion, 'content' | 'refusal' | 'finishReason'>,
  type: InsightTypeDefinition,
  facts: Facts,
): CheckedAnswer {
  const wrong = (what: string, ...said: string[]): CheckedAnswer => ({ faults: [{ what, said }] });
  if (refusal) return wrong('was a refusal');
  if (finishReason === 'length') return wrong('was cut off');
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return wrong('was not JSON');
  }
  const parsed = type.schema.safeParse(json);
  if (!parsed.success) return wrong('does not fit the schema', z.prettifyError(parsed.error));
  const text = withoutNames(parsed.data, facts.artists);
  const [first, ...others] = textFaults(text, type, facts);
  return first === undefined ? { text } : { faults: [first, ...others] };
}

/** What is wrong with a text of the right form whose names were taken out; none where it may be kept. */
export function textFaults(kept: InsightText, type: InsightTypeDefinition, facts: Facts): Fault[] {
  const text = judged(kept, facts.artists);
  const whole = wholeText(text);
  const citable = citableMetrics(facts);
  const uncited = text.highlights.filter(({ metric }) => !citable.has(metric)).map(({ metric }) => metric);
  // Titles are written with capitals all through.
  const sentences = wholeText({ ...text, title: '' });
  const found: Fault[] = [
    {
      what: "has numbers that are not the facts'",
      said: [...unknownNumbers(whole, facts), ...unknownShares(whole, facts)],
    },
    { what: "gives a measure another's number", said: misplacedNumbers(text, facts) },
    { what: 'says that a mood leads which does not', said: wrongLeaders(whole, facts) },
    { what: 'calls a measure high or low which is not', said: wrongLevels(text, facts) },
    { what: 'claims more than the numbers bear out', said: overclaims(text, facts) },
    { what: 'tells of a change the wrong way', said: wrongWays(whole, facts) },
    { what: 'says that a mood is absent which is not', said: wrongAbsences(whole, facts) },
    { what: 'contradicts itself', said: contradictionsIn(text) },
    { what: 'speaks of what was not measured', said: unsupportedWords(whole, facts) },
    { what: 'cites measures that the facts do not have', said: uncited },
    { what: 'makes claims it must not make', said: forbiddenClaims(whole) },
    { what: 'is not plain text', said: markupIn(whole) },
    { what: 'is not in English', said: foreignLanguage(whole) },
    { what: 'names what was not given', said: unknownNames(sentences) },
    ...(type.faults?.(text, facts) ?? []),
  ];
  return found.filter(({ said }) => said.length > 0);
}
