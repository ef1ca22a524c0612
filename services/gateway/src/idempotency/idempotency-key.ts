import type { IncomingMessage } from 'node:http';
import { invalidInput } from '../problems/problem.js';

/** As the contracts' document promises. */
const LONGEST = 255;

/**
 * The client's `Idempotency-Key`, or `undefined` when it sent none.
 * @throws {HttpProblem} 422 when it is empty or too long, or there are several.
 */
export function idempotencyKeyOf({ headersDistinct }: IncomingMessage): string | undefined {
  // In `headers`, Node makes one value of several.
  const [key, ...others] = headersDistinct['idempotency-key'] ?? [];
  if (key === undefined) return undefined;
  if (others.length > 0)
    throw invalidInput([{ path: 'Idempotency-Key', message: 'is given more than once' }]);
  if (key.length >= 1 && key.length <= LONGEST) return key;
  throw invalidInput([{ path: 'Idempotency-Key', message: `has to have 1 to ${LONGEST} characters` }]);
}
