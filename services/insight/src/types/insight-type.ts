import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { z } from 'zod';
import type { Facts, FactsUsed } from '../facts/facts.js';
import type { ShippedPrompt } from '../prompt-content/shipped-prompt.js';
import type { Declare } from '../wording/written.js';
import type { Fault } from './fault.js';

/** A type of insight: all that makes it one is in its folder. */
export interface InsightTypeDefinition<Name extends string = string> {
  /** As the API names it. */
  readonly name: Name;
  /** What is told besides the snapshot. */
  readonly uses: FactsUsed;
  /** What a language model has to give: a JSON schema is made of it, and the answer is read with it. */
  readonly schema: z.ZodType<InsightText>;
  /** What a language model is asked, oldest version first; the last one is the release's best. */
  readonly prompts: readonly ShippedPrompt<Name>[];
  /**
   * Writes it without a language model. The same facts, tone and seed give the same text; another seed words it
   * differently.
   * @param declare is told what its wordings claim: a checker holds them against each other and against the text.
   */
  write(facts: Facts, tone: ToneMode, seed: string, declare?: Declare): InsightText;
  /** What is wrong with a text of this type besides what is checked in all. */
  faults?(text: InsightText, facts: Facts): Fault[];
  /** A line that the service puts under every one of them, whatever it says. */
  readonly lastLine?: string;
}
