import type { PromptContent } from '@undertone/contracts/prompt/prompt';

type VariableType = PromptContent['variables'][string];

/** What a prompt may ask for, and as what; the writer gives all of them. */
export const knownVariables = {
  tone: 'text',
  period: 'text',
  facts: 'json',
  artists: 'json',
} as const satisfies Record<string, VariableType>;

/** Values of the known variables, for one insight. */
export interface PromptValues {
  /** How it is to be said: `supportive`. */
  readonly tone: string;
  /** Which days the facts are of: `the week from 9 November 2026 to 15 November 2026`. */
  readonly period: string;
  /** Measure to number as it is shown; data from outside is in here alone. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Names from outside, where the person allowed them; often none. */
  readonly artists: readonly string[];
}

/** Without these a model would have nothing to be true to. */
export const neededVariables: readonly (keyof PromptValues)[] = ['facts'];

/** Name of the schema that answers have to fit: each type of insight has its own. */
export const outputOf = (type: string): string => `insight/${type}`;
