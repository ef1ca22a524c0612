import type { ProblemCode } from '@undertone/contracts/problems';

/**
 * A command that the state of its aggregate does not allow; nothing was appended. It knows its code alone: whoever answers
 * a client finds the status in the registry of problems.
 */
export class Rejected extends Error {
  /** @param errors the fields of the command that are wrong, where some are. */
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly errors?: readonly { readonly path: string; readonly message: string }[],
  ) {
    super(message);
    this.name = 'Rejected';
  }
}
