import type { IncomingHttpHeaders } from 'node:http';
import { invalidInput } from '../problems/problem.js';

/** As the contracts' document promises. */
const LONGEST = 255;

/**
 * The client's `Idempotency-Key`, or `undefined` when it sent none.
 * @throws {HttpProblem} 422 when it is empty or too long.
 */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && key.length >= 1 && key.length <= LONGEST) return key;
  throw invalidInput([{ path: 'Idempotency-Key', message: `has to have 1 to ${LONGEST} characters` }]);
}
