import type { RouteDefinition } from '@undertone/contracts/rest/route';

/** Who calls in the tests of access, and what each of them is to get. */

export const kinds = [
  'anonymous',
  'owner',
  'reader',
  'other',
  'stale',
  'admin',
  'weakAdmin',
  'operator',
  'service',
] as const;
export type Kind = (typeof kinds)[number];
/** Who shows a credential that is good for nothing: they are nobody. */
export const impostors = [
  'expired',
  'forged',
  'otherAlgorithm',
  'algNone',
  'wrongAudience',
  'wrongIssuer',
  'wrongType',
  'revoked',
  'revokedKey',
] as const;
export type Impostor = (typeof impostors)[number];
/** Who calls over HTTP. */
export const callingKinds = [...kinds.filter((kind) => kind !== 'service'), ...impostors];
export type Calling = (typeof callingKinds)[number];
export type Outcome =
  | 'allowed'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'SIGN_IN_AGAIN'
  | 'NOT_FOUND'
  | 'SIGN_IN_OFF';

const bySession = (access: RouteDefinition['access']) => (typeof access === 'object' ? access.by : access);

/** Who signed in long ago is as everybody else who is signed in, but for what takes a fresh proof: only that is tried. */
export const triedFor =
  (access: RouteDefinition['access']) =>
  (kind: Kind | Impostor): boolean =>
    kind !== 'stale' || bySession(access) === 'fresh_session';

export const isImpostor = (kind: Kind | Impostor): kind is Impostor => impostors.some((one) => one === kind);

/** What ends the sessions of whoever does it. */
export const endSessions: ReadonlySet<string> = new Set([
  'signOut',
  'signOutEverywhere',
  'endSession',
  'endAllSessions',
  'changePassword',
  'setPassword',
  'changeRoles',
  'eraseUser',
]);

/** What each kind of caller gets: written down here a second time, so that the rule itself is tested. */
export function expected(access: RouteDefinition['access'], kind: Kind | Impostor, isRead: boolean): Outcome {
  if (access === 'public') return 'allowed';
  if (access === 'service') return 'FORBIDDEN';
  if (kind === 'anonymous' || isImpostor(kind)) return 'UNAUTHENTICATED';
  if (kind === 'operator') return 'allowed';
  if (access === 'admin' || access === 'fresh_admin') return kind === 'admin' ? 'allowed' : 'FORBIDDEN';
  const isByKey = kind === 'reader' || kind === 'weakAdmin';
  const isFresh = bySession(access) === 'fresh_session';
  if (isByKey && (isFresh || bySession(access) === 'session')) return 'FORBIDDEN';
  if (kind === 'stale' && isFresh) return 'SIGN_IN_AGAIN';
  if (kind === 'reader' && !isRead) return 'FORBIDDEN';
  if (typeof access === 'string' || kind === 'owner' || kind === 'reader') return 'allowed';
  return 'NOT_FOUND';
}

/** Without sign-in there is nothing to sign in to. */
export const expectedOf = (route: RouteDefinition, kind: Calling): Outcome =>
  kind === 'operator' && route.tag === 'sign-in' && !['getSigningKeys', 'listWaysIn'].includes(route.id)
    ? 'SIGN_IN_OFF'
    : expected(route.access, kind, route.method === 'GET');
