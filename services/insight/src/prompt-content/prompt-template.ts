import type { PromptContent, PromptMessage } from '@undertone/contracts/prompt/prompt';
import { fenced } from './fence.js';

const PLACEHOLDER = /\{\{(\w+)\}\}/g;

/** The names between double braces, in order, each once. */
export const placeholders = (messages: readonly PromptMessage[]): string[] => [
  ...new Set(
    messages.flatMap(({ content }) => [...content.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '')),
  ),
];

/**
 * Fills the placeholders of a version in. It goes over each template once, so that braces in a value stay what they are.
 * @param values of every variable that the version declares; what is no text becomes JSON inside a fence.
 * @param mark of the fence.
 * @throws {Error} a variable has no value: a version is checked when it is published.
 */
export function fillIn(
  { messages, variables }: Pick<PromptContent, 'messages' | 'variables'>,
  values: Readonly<Record<string, unknown>>,
  mark: string,
): PromptMessage[] {
  const shown = (name: string): string => {
    const value = values[name];
    if (value === undefined) throw new Error(`the prompt's variable ${name} has no value`);
    return variables[name] === 'text' ? String(value) : fenced(value, mark);
  };
  return messages.map(({ role, content }) => ({
    role,
    content: content.replaceAll(PLACEHOLDER, (_whole, name: string) => shown(name)),
  }));
}
