import type { InsightText } from '@undertone/contracts/insight/insight';
import type { Facts } from '../facts/facts.js';
import type { Statement } from '../statements/statement.js';
import { Draw } from './draw.js';

/** Is told what the wordings of a text claim, as their authors declared it. */
export type Declare = (statements: readonly Statement[]) => void;

/** Has a text written with a draw of its own. */
export function written(
  facts: Facts,
  seed: string,
  declare: Declare | undefined,
  write: (draw: Draw) => InsightText,
): InsightText {
  const draw = new Draw(seed, facts);
  const text = write(draw);
  declare?.(draw.declared);
  return text;
}

/** The text of its paragraphs, each a list of sentences; empty ones are left out. */
export const bodyOf = (paragraphs: readonly (readonly string[])[]): string =>
  paragraphs
    .filter((sentences) => sentences.length > 0)
    .map((sentences) => sentences.join(' '))
    .join('\n\n');
