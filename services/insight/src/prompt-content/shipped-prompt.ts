import { createHash } from 'node:crypto';
import type { PromptContent, PromptName } from '@undertone/contracts/prompt/prompt';
import { outputOf } from './prompt-variables.js';

/** A version that comes with the release. A released one is never changed: a better one is the next in the list. */
export interface ShippedPrompt<Name extends string = PromptName> {
  readonly name: Name;
  readonly content: PromptContent;
  readonly hash: string;
  readonly changelog: string;
}

/** SHA-256 of all that a model is asked, in hexadecimal; neither the number nor the changelog is part of it. */
export function hashOf({ messages, variables, output, model, parameters }: PromptContent): string {
  const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const asked = messages.map(({ role, content }) => [role, content]);
  return createHash('sha256')
    .update(JSON.stringify([asked, sorted(variables), output, model, sorted(parameters)]))
    .digest('hex');
}

/** Declares a version in a file of its type's folder. */
export function definePrompt<const Name extends string>(spec: {
  readonly name: Name;
  readonly messages: PromptContent['messages'];
  readonly variables: PromptContent['variables'];
  readonly parameters?: PromptContent['parameters'];
  /** What is better than in the version before. */
  readonly changelog: string;
}): ShippedPrompt<Name> {
  const { name, messages, variables, parameters = {}, changelog } = spec;
  const content = { messages, variables, output: outputOf(name), model: null, parameters };
  return { name, content, hash: hashOf(content), changelog };
}
