import type { PromptContent, PromptName } from '@undertone/contracts/prompt/prompt';
import { placeholders } from './prompt-template.js';
import { knownVariables, neededVariables, outputOf } from './prompt-variables.js';

interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Longest messages of a prompt together, in characters. */
const LONGEST = 32_000;

/** What is wrong with a version that somebody wants to publish; nothing when it can be filled in. */
export function faultsOf(name: PromptName, { messages, variables, output }: PromptContent): FieldError[] {
  const faults: FieldError[] = [];
  const used = placeholders(messages);
  const known: Readonly<Record<string, string>> = knownVariables;
  for (const [variable, type] of Object.entries(variables)) {
    const path = `variables.${variable}`;
    const meant = Object.hasOwn(known, variable) ? known[variable] : undefined;
    if (meant === undefined) {
      faults.push({ path, message: `unknown; there are ${Object.keys(known).join(', ')}` });
    } else if (type !== meant) faults.push({ path, message: `has to be of type ${meant}` });
    if (!used.includes(variable)) faults.push({ path, message: 'no message uses it' });
  }
  for (const placeholder of used) {
    if (Object.hasOwn(variables, placeholder)) continue;
    const index = messages.findIndex(({ content }) => content.includes(`{{${placeholder}}}`));
    faults.push({
      path: `messages.${index}.content`,
      message: `{{${placeholder}}} is not declared in variables`,
    });
  }
  messages.forEach(({ content }, i) => {
    // What is left of braces when placeholders are gone was meant to be one.
    if (/\{\{|\}\}/.test(content.replaceAll(/\{\{\w+\}\}/g, ''))) {
      faults.push({ path: `messages.${i}.content`, message: 'has double braces that are no placeholder' });
    }
  });
  for (const needed of neededVariables) {
    if (!used.includes(needed)) faults.push({ path: 'messages', message: `have to use {{${needed}}}` });
  }
  if (!messages.some(({ role }) => role === 'user')) {
    faults.push({ path: 'messages', message: 'need one of role user' });
  }
  if (messages.reduce((sum, { content }) => sum + content.length, 0) > LONGEST) {
    faults.push({ path: 'messages', message: `may have ${LONGEST} characters together` });
  }
  if (output !== outputOf(name)) faults.push({ path: 'output', message: `has to be ${outputOf(name)}` });
  return faults;
}
