import { Rejected } from '@undertone/platform/event-store/rejected';

/** @param path of the field that names it. */
export const unknownVersion = (path: string, newest: number): Rejected => {
  const message = newest === 0 ? 'the prompt has no version yet' : `the newest version is ${newest}`;
  return new Rejected('PROMPT_VERSION_UNKNOWN', 'there is no such version', [{ path, message }]);
};

export const experimentRunning = (): Rejected =>
  new Rejected('EXPERIMENT_RUNNING', 'another experiment runs; stop it first');

export const unknownPrompt = (): Rejected =>
  new Rejected('PROMPT_NOT_FOUND', 'no version of this prompt was published');

export const invalidPrompt = (errors: readonly { path: string; message: string }[]): Rejected =>
  new Rejected('INVALID_PROMPT', 'the prompt could not be filled in', errors);
