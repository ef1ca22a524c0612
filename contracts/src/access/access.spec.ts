import { describe, expect, it } from 'vitest';
import { nobody } from '../id.js';
import { type Access, lacksScope, neededScope, refusalOf } from './access.js';
import { anonymous, callerName, localOperator, owns, type Principal, servicePrincipal } from './principal.js';

const ada = '018f0000-0000-7000-8000-00000000000a';
const ben = '018f0000-0000-7000-8000-00000000000b';
const user = (user_id: string, more: Partial<Principal> = {}): Principal => ({
  who: { kind: 'user', user_id },
  roles: [],
  scopes: ['read', 'write'],
  authenticated_by: 'session',
  ...more,
});
const admin = user(ben, { roles: ['admin'] });
const ofUser: Access = { owner: 'user_id' };
const ofSnapshot: Access = { owner: 'snapshot_id' };

describe('access', () => {
  it.each<[Access, string, Principal, string | undefined]>([
    ['public', 'anybody', anonymous, undefined],
    ['user', 'nobody in particular', anonymous, 'UNAUTHENTICATED'],
    ['user', 'a user', user(ada), undefined],
    ['admin', 'nobody in particular', anonymous, 'UNAUTHENTICATED'],
    ['admin', 'a user', user(ada), 'FORBIDDEN'],
    ['admin', 'an admin', admin, undefined],
    ['admin', 'the local operator', localOperator, undefined],
    ['service', 'the local operator', localOperator, 'FORBIDDEN'],
    ['service', 'an admin', admin, 'FORBIDDEN'],
    ['service', 'a service', servicePrincipal('insight'), undefined],
    [ofUser, 'nobody in particular', anonymous, 'UNAUTHENTICATED'],
    [ofUser, 'that user', user(ada), undefined],
    [ofUser, 'another user', user(ben), 'USER_NOT_FOUND'],
    [ofUser, 'an admin who is another user', admin, 'USER_NOT_FOUND'],
    [ofUser, 'the local operator', localOperator, undefined],
    [ofUser, 'a service', servicePrincipal('scheduler'), undefined],
    [ofSnapshot, 'nobody in particular', anonymous, 'UNAUTHENTICATED'],
    [ofSnapshot, 'a user, until the row is read', user(ben), undefined],
  ])('%j to %s', (access, _who, caller, code) => {
    expect(refusalOf(access, caller, { user_id: ada })).toBe(code);
  });

  it.each<[string, Principal, string | undefined]>([
    ['a user who has just signed in', user(ada, { fresh_until: 1_001 }), undefined],
    ['a user who signed in long ago', user(ada, { fresh_until: 1_000 }), 'SIGN_IN_AGAIN'],
    ['a user whose token does not say when', user(ada), 'SIGN_IN_AGAIN'],
    ['a key', user(ada, { authenticated_by: 'api_key', fresh_until: 1_001 }), 'FORBIDDEN'],
    ['nobody in particular', anonymous, 'UNAUTHENTICATED'],
    ['the local operator', localOperator, undefined],
    ['a service', servicePrincipal('scheduler'), undefined],
  ])('that needs a fresh session, to %s', (_who, caller, code) => {
    for (const access of ['fresh_session', { owner: 'user_id', by: 'fresh_session' }] as const) {
      expect(refusalOf(access, caller, { user_id: ada }, 1_000_000)).toBe(code);
    }
  });

  it.each<[string, Principal, string | undefined]>([
    ['who has just signed in', { ...admin, fresh_until: 1_001 }, undefined],
    ['who signed in long ago', { ...admin, fresh_until: 1_000 }, 'SIGN_IN_AGAIN'],
    ['by a key', { ...admin, authenticated_by: 'api_key' }, undefined],
    ['who is none', user(ada, { fresh_until: 1_001 }), 'FORBIDDEN'],
  ])('that needs an admin freshly signed in, to one %s', (_who, caller, code) => {
    expect(refusalOf('fresh_admin', caller, {}, 1_000_000)).toBe(code);
  });

  it('knows a user id in either case', () => {
    expect(refusalOf(ofUser, user(ada), { user_id: ada.toUpperCase() })).toBeUndefined();
  });

  it.each([
    ['user', 'read', false, 'read'],
    [ofUser, 'changed', true, 'write'],
    ['admin', 'read', false, 'admin'],
    ['admin', 'changed', true, 'admin'],
    ['fresh_admin', 'changed', true, 'admin'],
  ] as const)('%j, %s, needs the scope %s', (access, _how, isWrite, needed) => {
    expect(neededScope(access, isWrite)).toBe(needed);
    const scopes = (['read', 'write', 'admin'] as const).filter((scope) => scope !== needed);
    expect(lacksScope(access, isWrite, user(ada, { scopes }))).toBe(true);
    expect(lacksScope(access, isWrite, user(ada, { scopes: [needed] }))).toBe(false);
  });

  it('needs no scope of a service, nor for what is public', () => {
    expect(lacksScope('admin', true, servicePrincipal('insight'))).toBe(false);
    expect(lacksScope('public', true, anonymous)).toBe(false);
  });
});

describe('what a caller owns', () => {
  it.each([
    ['their own', user(ada), ada, true],
    ['another’s', user(ben), ada, false],
    ['an admin: another’s', admin, ada, false],
    ['an admin: nobody’s', admin, nobody, true],
    ['a user: nobody’s', user(ada), nobody, false],
    ['nobody in particular', anonymous, ada, false],
    ['the local operator', localOperator, ada, true],
    ['a service', servicePrincipal('ingestion'), ada, true],
  ])('%s', (_what, caller, userId, expected) => {
    expect(owns(caller, userId)).toBe(expected);
  });
});

it('gives every caller a name of their own', () => {
  const callers = [anonymous, localOperator, user(ada), user(ben), servicePrincipal('token')];
  expect(new Set(callers.map(callerName)).size).toBe(callers.length);
});
