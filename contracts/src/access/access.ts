import type { ProblemCode } from '../problems.js';
import { owns, type Principal, type Scope } from './principal.js';

/**
 * Who may call a route or ask a question.
 *
 * - `public`: anybody.
 * - `user`: whoever is signed in.
 * - `session`: whoever is signed in and uses no key: a key may not make another key, or end what ends it.
 * - `fresh_session`: as `session`, and signed in a short while ago (`FRESH_SIGN_IN_MINUTES`): what adds a way in, or takes one away, is not
 *   for whoever finds a session open.
 * - `{ owner }`: whoever owns what these fields of the input name. `user_id` is checked before anything is read; any other
 *   id is checked by the service that has the row, and answered as if there was no such row.
 *   `by`: as above.
 * - `admin`: the role `admin`.
 * - `fresh_admin`: as `admin`, and where that is by a session, by a fresh one: else an admin's session could give its own account another
 *   password.
 * - `service`: our own services only.
 */
export type Access<Field extends string = string> =
  | 'public'
  | 'user'
  | 'session'
  | 'fresh_session'
  | 'admin'
  | 'fresh_admin'
  | 'service'
  | { readonly owner: Field | readonly Field[]; readonly by?: BySession };

export type BySession = 'session' | 'fresh_session';

/** The scope that a credential needs. */
export const neededScope = (access: Access, isWrite: boolean): Scope =>
  isForAdmins(access) ? 'admin' : isWrite ? 'write' : 'read';

/** Whether the caller's credential lacks the scope. Services ask without a credential, and everybody may do what is public. */
export const lacksScope = (access: Access, isWrite: boolean, { who, scopes }: Principal): boolean =>
  access !== 'public' && who.kind !== 'service' && !scopes.includes(neededScope(access, isWrite));

/**
 * Why the caller may not do this, as far as that can be told without a look at any row.
 * @param input of the route or question; `user_id` is the only field that is read.
 * @param now in milliseconds.
 * @returns `undefined` when nothing speaks against it.
 */
export function refusalOf(
  access: Access,
  caller: Principal,
  input: { readonly user_id?: unknown },
  now = Date.now(),
): ProblemCode | undefined {
  const { kind } = caller.who;
  if (access === 'public' || kind === 'service') return undefined;
  if (access === 'service') return 'FORBIDDEN';
  if (kind === 'anonymous') return 'UNAUTHENTICATED';
  if (isForAdmins(access) && !caller.roles.includes('admin')) return 'FORBIDDEN';
  const session = sessionOf(access);
  if (session && caller.authenticated_by === 'api_key') return 'FORBIDDEN';
  const isFresh = caller.authenticated_by !== 'session' || (caller.fresh_until ?? 0) * 1000 > now;
  if (needsFreshProof(access) && !isFresh) return 'SIGN_IN_AGAIN';
  if (typeof access === 'string' || !ownerFields(access).includes('user_id')) return undefined;
  // An absent id is not somebody else's: the schema says that it is missing.
  const userId = input.user_id;
  return typeof userId !== 'string' || owns(caller, userId.toLowerCase()) ? undefined : 'USER_NOT_FOUND';
}

/** The fields that name what the caller has to own; none where access does not go by owner. */
export const ownerFields = (access: Access): readonly string[] =>
  typeof access === 'string' ? [] : typeof access.owner === 'string' ? [access.owner] : access.owner;

export const isForAdmins = (access: Access): boolean => access === 'admin' || access === 'fresh_admin';

/** Whether a session has to have begun a short while ago. */
export const needsFreshProof = (access: Access): boolean =>
  access === 'fresh_admin' || sessionOf(access) === 'fresh_session';

/** The kind of session that it needs; `undefined` where a key will do, too. */
export function sessionOf(access: Access): BySession | undefined {
  if (typeof access === 'object') return access.by;
  return access === 'session' || access === 'fresh_session' ? access : undefined;
}
