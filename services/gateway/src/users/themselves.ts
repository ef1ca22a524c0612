import type { Principal } from '@undertone/contracts/access/principal';
import { invalidInput } from '../problems/problem.js';

/** Whom the caller means by "me". @throws {HttpProblem} 422 where the caller is nobody in particular. */
export function themselves({ who }: Principal, named: string | undefined): string {
  if (named !== undefined) return named;
  if (who.kind === 'user') return who.user_id;
  throw invalidInput([
    { path: 'user_id', message: 'is required: sign-in is off, so it has to say who you are' },
  ]);
}

/**
 * Who asks for a task: the caller, or where sign-in is off the person whom they name, if any. What is somebody else's is then not there, as
 * where people sign in.
 */
export const named = (caller: Principal, userId: string | undefined): Principal =>
  userId === undefined || caller.who.kind !== 'local_operator'
    ? caller
    : { ...caller, who: { kind: 'user', user_id: userId }, roles: [] };
