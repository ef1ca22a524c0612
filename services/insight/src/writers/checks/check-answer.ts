import type { InsightText } from '@undertone/contracts/insight/insight';
import { z } from 'zod';
import type { Facts } from '../../types/facts.js';
import type { InsightTypeDefinition } from '../../types/insight-type.js';
import { forbiddenClaims } from './forbidden-claims.js';
import { citableMetrics } from './shown-numbers.js';
import { unknownNumbers } from './unknown-numbers.js';

/** What a language model answered. */
export interface ModelAnswer {
  readonly content: string;
  readonly refusal: string | null;
  /** It reached the limit of tokens. */
  readonly isCutOff: boolean;
}

/** A text that may be shown, or all that is wrong with the answer; each fault continues "the answer …". */
export type CheckedAnswer =
  | { readonly text: InsightText; readonly faults?: never }
  | { readonly text?: never; readonly faults: readonly [string, ...string[]] };

/** Whether an answer may be shown: its form, that its numbers are those of the facts, and that it claims nothing about health. */
export function checkAnswer(answer: ModelAnswer, type: InsightTypeDefinition, facts: Facts): CheckedAnswer {
  if (answer.refusal) return { faults: ['was a refusal'] };
  if (answer.isCutOff) return { faults: ['was cut off'] };
  let json: unknown;
  try {
    json = JSON.parse(answer.content);
  } catch {
    return { faults: ['was not JSON'] };
  }
  const parsed = type.schema.safeParse(json);
  if (!parsed.success) return { faults: [`does not fit the schema: ${z.prettifyError(parsed.error)}`] };
  const [first, ...others] = textFaults(parsed.data, facts);
  return first === undefined ? { text: parsed.data } : { faults: [first, ...others] };
}

/** All that a reader sees of a text. */
export const wholeText = ({ title, body, highlights, tips }: InsightText): string =>
  [title, body, ...highlights.map(({ text }) => text), ...tips].join('\n');

/** What is wrong with a text of the right form; none where it may be shown. */
export function textFaults(text: InsightText, facts: Facts): string[] {
  const whole = wholeText(text);
  const citable = citableMetrics(facts);
  const uncited = text.highlights.filter(({ metric }) => !citable.has(metric)).map(({ metric }) => metric);
  const found: [string, string[]][] = [
    ["has numbers that are not the snapshot's", unknownNumbers(whole, facts)],
    ['cites measures that the snapshot does not have', uncited],
    ['makes claims it must not make', forbiddenClaims(whole)],
  ];
  return found.flatMap(([what, said]) => (said.length > 0 ? [`${what}: ${said.join(', ')}`] : []));
}
