import { Refused } from '@undertone/platform/rpc/rpc-client';

/** @param path of the field that names it. */
export const unknownVersion = (path: string, newest: number): Refused => {
  const message = newest === 0 ? 'the prompt has no version yet' : `the newest version is ${newest}`;
  return new Refused('PROMPT_VERSION_UNKNOWN', 'there is no such version', [{ path, message }]);
};

export const experimentRunning = (): Refused =>
  new Refused('EXPERIMENT_RUNNING', 'another experiment runs; stop it first');

export const unknownPrompt = (): Refused =>
  new Refused('PROMPT_NOT_FOUND', 'no version of this prompt was published');

export const invalidPrompt = (errors: readonly { path: string; message: string }[]): Refused =>
  new Refused('INVALID_PROMPT', 'the prompt could not be filled in', errors);
