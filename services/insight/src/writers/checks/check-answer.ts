import type { InsightText } from '@undertone/contracts/insight/insight';
import { z } from 'zod';
import type { Completion } from '../../models/completion.js';
import type { Facts } from '../../types/facts.js';
import type { InsightTypeDefinition } from '../../types/insight-type.js';
import { forbiddenClaims } from './forbidden-claims.js';
import { citableMetrics } from './shown-numbers.js';
import { unknownNumbers } from './unknown-numbers.js';
import { wholeText } from './whole-text.js';

/** A text that may be shown, or all that is wrong with the answer; each fault continues "the answer …". */
export type CheckedAnswer =
  | { readonly text: InsightText; readonly faults?: never }
  | { readonly text?: never; readonly faults: readonly [string, ...string[]] };

/** Whether an answer may be shown: its form, that its numbers are those of the facts, and that it claims nothing about health. */
export function checkAnswer(
  { content, refusal, finishReason }: Pick<Completion, 'content' | 'refusal' | 'finishReason'>,
  type: InsightTypeDefinition,
  facts: Facts,
): CheckedAnswer {
  if (refusal) return { faults: ['was a refusal'] };
  if (finishReason === 'length') return { faults: ['was cut off'] };
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return { faults: ['was not JSON'] };
  }
  const parsed = type.schema.safeParse(json);
  if (!parsed.success) return { faults: [`does not fit the schema: ${z.prettifyError(parsed.error)}`] };
  const [first, ...others] = textFaults(parsed.data, type, facts);
  return first === undefined ? { text: parsed.data } : { faults: [first, ...others] };
}

/** What is wrong with a text of the right form; none where it may be shown. */
export function textFaults(text: InsightText, type: InsightTypeDefinition, facts: Facts): string[] {
  const whole = wholeText(text);
  const citable = citableMetrics(facts);
  const uncited = text.highlights.filter(({ metric }) => !citable.has(metric)).map(({ metric }) => metric);
  const found: [string, string[]][] = [
    ["has numbers that are not the snapshot's", unknownNumbers(whole, facts)],
    ['cites measures that the snapshot does not have', uncited],
    ['makes claims it must not make', forbiddenClaims(whole)],
  ];
  const faults = found.flatMap(([what, said]) => (said.length > 0 ? [`${what}: ${said.join(', ')}`] : []));
  return [...faults, ...(type.faults?.(text, facts) ?? [])];
}
