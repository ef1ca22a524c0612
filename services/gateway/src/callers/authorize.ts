import { lacksScope, neededScope, refusalOf } from '@undertone/contracts/access/access';
import type { Principal } from '@undertone/contracts/access/principal';
import { type ProblemCode, problems } from '@undertone/contracts/problems';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../problems/problem.js';

/** A challenge has to come with every 401 (RFC 9110, section 15.5.2). */
const CHALLENGE = 'Bearer realm="undertone"';
/** RFC 6750, section 3.1: what was shown is wrong, revoked or over. */
const REFUSED = `${CHALLENGE}, error="invalid_token"`;

const refuse = (code: ProblemCode, detail: string = problems[code].meaning): HttpProblem =>
  new HttpProblem(code, detail);

const unauthenticated = (isRefused: boolean): HttpProblem =>
  isRefused
    ? new HttpProblem('UNAUTHENTICATED', 'the token or key is wrong, was revoked or has ended', {
        headers: { 'www-authenticate': REFUSED },
      })
    : new HttpProblem('UNAUTHENTICATED', problems.UNAUTHENTICATED.meaning, {
        headers: { 'www-authenticate': CHALLENGE },
      });

type Callable = Pick<RouteDefinition, 'access' | 'method'>;

/**
 * Hook of a route: refuses callers without the role or scope it needs, before anything of a body is read.
 * @throws {HttpProblem} 401 or 403.
 */
export const authorizes =
  (route: Callable) =>
  async (request: FastifyRequest): Promise<void> => {
    const { caller, isRefused } = request;
    const refusal = refusalOf(route.access, caller, {});
    if (refusal === 'UNAUTHENTICATED') throw unauthenticated(isRefused);
    if (refusal) throw refuse(refusal);
    checkScope(route, caller);
    request.isAdmitted = true;
  };

/** @throws {HttpProblem} 403 where the caller's credential does not have the scope that the route needs. */
export function checkScope({ access, method }: Callable, caller: Principal): void {
  const isWrite = method !== 'GET';
  if (lacksScope(access, isWrite, caller)) {
    throw refuse('FORBIDDEN', `the credential does not have the scope "${neededScope(access, isWrite)}"`);
  }
}

/**
 * Refuses input that names another user than the caller. What it names by other ids is checked where the rows are.
 * @throws {HttpProblem} 404, as if there was no such user.
 */
export function checkOwner({ access }: RouteDefinition, caller: Principal, input: object): void {
  const refusal = refusalOf(access, caller, input);
  if (refusal) throw refuse(refusal, refusal === 'USER_NOT_FOUND' ? 'there is no such user' : undefined);
}
