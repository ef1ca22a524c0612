/** An error that a person can act on: its message says what is wrong and what to do, so no stack is shown for it. */
export class ExplainedError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'ExplainedError';
  }
}

/**
 * What to print for an error: the message alone where it was written for a person, else all there is.
 *
 * @param {unknown} error
 */
export function describe(error) {
  if (error instanceof ExplainedError) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * @param {unknown} error
 */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
