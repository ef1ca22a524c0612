import { createHash } from 'node:crypto';
import { anonymous, localOperator, type Principal } from '@undertone/contracts/access/principal';
import { getProfile, registerUser } from '@undertone/contracts/identity/rpc';
import {
  changePassword,
  changeRoles,
  createApiKey,
  createInvitation,
  createPasswordCode,
  endAllSessions,
  endSession,
  getApiKey,
  listAccounts,
  listApiKeys,
  listRevoked,
  listSessions,
  listSigningKeys,
  refreshSession,
  revokeApiKey,
  setPassword,
  signIn,
} from '@undertone/contracts/sign-in/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningIdentity, runIdentity } from './running-identity.js';

const PASSWORD = 'copper lantern waltz 7';
const PUBLIC_URL = 'https://undertone.example.org';

let identity: RunningIdentity;
beforeAll(async () => {
  identity = await runIdentity([], { PUBLIC_URL });
});
afterAll(() => identity.stop());

const session = (user_id: string, more: Partial<Principal> = {}): Principal => ({
  who: { kind: 'user', user_id },
  roles: [],
  scopes: ['read', 'write'],
  authenticated_by: 'session',
  ...more,
});
const admin = session(newId(), { roles: ['admin'], scopes: ['read', 'write', 'admin'] });

let count = 0;
/** Registers somebody new by invitation. */
async function join(more: { admin?: boolean } = {}): Promise<{ user_id: string; email: string }> {
  count += 1;
  const email = `person.${count}@example.org`;
  const { code } = await identity.ask(createInvitation, { admin: more.admin ?? false }, admin);
  const person = { display_name: `Person ${count}`, email, password: PASSWORD, invitation: code };
  const { user_id } = await identity.ask(registerUser, person, anonymous);
  return { user_id, email };
}
const enter = (email: string, password = PASSWORD, address = '192.0.2.1') =>
  identity.ask(signIn, { email, password, device: 'laptop', address }, anonymous);
const refresh = (refresh_token: string) => identity.ask(refreshSession, { refresh_token }, anonymous);
const code = (refusal: string) => expect.objectContaining({ code: refusal });

describe('an account', () => {
  it('is made by invitation, once, and found again by its password', async () => {
    const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
    const person = { display_name: 'Ada', email: 'Ada@Example.org', password: PASSWORD, invitation };
    const user = await identity.ask(registerUser, person, anonymous);
    expect(await identity.ask(registerUser, person, anonymous)).toMatchObject({ user_id: user.user_id });
    expect((await enter('ADA@example.org')).user_id).toBe(user.user_id);

    const other = { ...person, email: 'eve@example.org' };
    await expect(identity.ask(registerUser, other, anonymous)).rejects.toEqual(code('CODE_NOT_VALID'));
    const guessed = { ...person, password: 'another lantern waltz 7' };
    await expect(identity.ask(registerUser, guessed, anonymous)).rejects.toEqual(code('ALREADY_REGISTERED'));
  });

  it('is not made without an invitation, or without what one signs in with', async () => {
    const person = { display_name: 'Eve', email: 'uninvited@example.org', password: PASSWORD };
    await expect(identity.ask(registerUser, person, anonymous)).rejects.toEqual(code('REGISTRATION_CLOSED'));
    for (const missing of ['email', 'password'] as const) {
      const { [missing]: _, ...rest } = person;
      await expect(identity.ask(registerUser, rest, anonymous)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        errors: [{ path: missing }],
      });
    }
  });

  it.each(['password1', 'qwertyuiop', 'Person123', 'undertone', 'aaaaaaaaaaaa', '20261130'])(
    'is not made with the password %s',
    async (password) => {
      const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
      const person = { display_name: 'Person', email: `weak-${password}@example.org`, password, invitation };
      await expect(identity.ask(registerUser, person, anonymous)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        errors: [{ path: 'password' }],
      });
      // The invitation is as good as before.
      const better = { ...person, password: PASSWORD };
      expect(await identity.ask(registerUser, better, anonymous)).toHaveProperty('user_id');
    },
  );

  it('is made once by many who try at the same moment, with one invitation', async () => {
    const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
    const tries = [1, 2, 3, 4].map((n) =>
      identity.ask(
        registerUser,
        { display_name: 'Race', email: `race-${n}@example.org`, password: PASSWORD, invitation },
        anonymous,
      ),
    );
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is not given away by a name at Spotify', async () => {
    const known = await identity.ask(
      registerUser,
      { spotify_user_id: 'known-listener', display_name: 'Known' },
      localOperator,
    );
    const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
    const claim = {
      spotify_user_id: 'known-listener',
      display_name: 'Mallory',
      email: 'mallory@example.org',
      password: PASSWORD,
      invitation,
    };
    await expect(identity.ask(registerUser, claim, anonymous)).rejects.toEqual(code('ALREADY_REGISTERED'));
    // And whoever names somebody who is not here yet is not found by that name, either.
    const first = { ...claim, spotify_user_id: 'to-come', email: 'first@example.org' };
    const squatter = await identity.ask(registerUser, first, anonymous);
    const owner = await identity.ask(
      registerUser,
      { spotify_user_id: 'to-come', display_name: 'Owner' },
      localOperator,
    );
    expect(owner.user_id).not.toBe(squatter.user_id);
    expect(known.user_id).not.toBe(squatter.user_id);
  });

  it('keeps nothing in the clear: no address, no password, no token', async () => {
    const { email } = await join();
    const grant = await enter(email);
    const tables = ['registered_user', 'session', 'api_key', 'one_time_code', 'failed_try', 'signing_key'];
    const rows = await Promise.all(tables.map((one) => identity.orm.em.execute(`select * from ${one}`)));
    const stored = JSON.stringify(rows);
    const [, secret = ''] = grant.refresh_token.split('.');
    for (const secretText of [email, PASSWORD, secret, '192.0.2.1']) expect(stored).not.toContain(secretText);
  });
});

describe('a person of an installation that had no sign-in', () => {
  it('claims what is theirs by a code, once', async () => {
    const { user_id } = await identity.ask(
      registerUser,
      { spotify_user_id: 'earlier', display_name: 'Earlier' },
      localOperator,
    );
    const before = await identity.ask(createPasswordCode, { user_id }, admin);
    const { code: claim } = await identity.ask(createPasswordCode, { user_id }, admin);
    const claimed = { email: 'earlier@example.org', password: PASSWORD, address: '192.0.2.1' };
    const set = (one: string, more: object = {}) =>
      identity.ask(setPassword, { code: one, ...claimed, ...more }, anonymous);
    await expect(set(before.code)).rejects.toEqual(code('CODE_NOT_VALID'));
    await expect(set(claim, { email: undefined })).rejects.toMatchObject({ errors: [{ path: 'email' }] });
    expect(await set(claim)).toEqual({ user_id });
    await expect(set(claim)).rejects.toEqual(code('CODE_NOT_VALID'));
    expect((await enter(claimed.email)).user_id).toBe(user_id);
    expect(await identity.ask(getProfile, { user_id }, session(user_id))).toMatchObject({
      spotify_user_id: 'earlier',
    });
  });

  it('does not take another account’s address', async () => {
    const { email } = await join();
    const { user_id } = await join();
    const { code: reset } = await identity.ask(createPasswordCode, { user_id }, admin);
    const taken = identity.ask(
      setPassword,
      { code: reset, email, password: PASSWORD, address: 'a' },
      anonymous,
    );
    await expect(taken).rejects.toEqual(code('EMAIL_TAKEN'));
    // The code was not used up.
    const kept = { code: reset, password: PASSWORD, address: 'a' };
    expect(await identity.ask(setPassword, kept, anonymous)).toEqual({ user_id });
  });
});

describe('an access token', () => {
  it('is a JWT as RFC 9068 has it, checked by the published keys', async () => {
    const { user_id, email } = await join({ admin: true });
    const { access_token, session_id } = await enter(email);
    expect(decodeProtectedHeader(access_token)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    const keys = createLocalJWKSet(await identity.ask(listSigningKeys, {}));
    const { payload } = await jwtVerify(access_token, keys, {
      issuer: PUBLIC_URL,
      audience: `${PUBLIC_URL}/api`,
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
    });
    expect(payload).toMatchObject({
      sub: user_id,
      sid: session_id,
      client_id: 'undertone',
      scope: 'read write admin',
      roles: ['admin'],
    });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(900);
  });

  it('is signed by a new key a minute after that is published, and the old key stays as long as its tokens', async () => {
    const { email } = await join();
    const kidOf = async () => decodeProtectedHeader((await enter(email)).access_token).kid;
    const age = (seconds: number) =>
      identity.orm.em.execute('update signing_key set created_at = created_at - make_interval(secs => ?)', [
        seconds,
      ]);
    const published = async () => (await identity.ask(listSigningKeys, {})).keys.map(({ kid }) => kid);
    const old = await kidOf();
    await age(31 * 86_400);
    await identity.restart();
    expect(await kidOf()).toBe(old);
    const [fresh, ...others] = await published();
    expect(others).toEqual([old]);
    await age(61);
    await identity.restart();
    expect(await kidOf()).toBe(fresh);
    expect(await published()).toEqual([fresh, old]);
    await age(1_900);
    await identity.restart();
    expect(await published()).toEqual([fresh]);
  });
});

describe('refreshing', () => {
  it('gives the same next token to two who ask at once, and logs nobody out', async () => {
    const { email } = await join();
    const { refresh_token } = await enter(email);
    const [one, two] = await Promise.all([refresh(refresh_token), refresh(refresh_token)]);
    expect(one.refresh_token).toBe(two.refresh_token);
    expect(one.access_token).not.toBe(two.access_token);
    // The answer was lost on the way: it is asked again.
    expect((await refresh(refresh_token)).refresh_token).toBe(one.refresh_token);
    expect((await refresh(one.refresh_token)).refresh_token).not.toBe(one.refresh_token);
  });

  it('with a spent token ends the session, says so in the log, and ends no other one', async () => {
    const { user_id, email } = await join();
    const [stolen, other] = [await enter(email), await enter(email)];
    const second = await refresh(stolen.refresh_token);
    const third = await refresh(second.refresh_token);
    for (const token of [stolen.refresh_token, third.refresh_token]) {
      await expect(refresh(token)).rejects.toEqual(code('SESSION_ENDED'));
    }
    const events = (await identity.events()).filter(
      ({ subject }) => subject === `identity.${user_id}.refresh-token-reused`,
    );
    expect(events.map(({ data }) => data)).toMatchObject([{ user_id, session_id: stolen.session_id }]);
    expect((await refresh(other.refresh_token)).session_id).toBe(other.session_id);
  });

  it('with the replaced token ends the session once a minute is over', async () => {
    const { email } = await join();
    const { refresh_token, session_id } = await enter(email);
    const next = await refresh(refresh_token);
    await identity.orm.em.execute(
      `update session set rotated_at = rotated_at - interval '61 seconds' where id = ?`,
      [session_id],
    );
    await expect(refresh(refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
    await expect(refresh(next.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
  });

  it('with what somebody made up ends nothing', async () => {
    const { email } = await join();
    const { refresh_token, session_id } = await enter(email);
    for (const token of ['x', `${session_id}.${'A'.repeat(43)}`, `${newId()}.${'A'.repeat(43)}`]) {
      await expect(refresh(token)).rejects.toEqual(code('SESSION_ENDED'));
    }
    expect((await refresh(refresh_token)).session_id).toBe(session_id);
  });

  it.each([
    ['unused for 30 days', 'rotated_at'],
    ['180 days old', 'created_at'],
  ])('ends with a session that is %s', async (_, column) => {
    const { email } = await join();
    const { refresh_token, session_id } = await enter(email);
    const days = column === 'rotated_at' ? 30 : 180;
    await identity.orm.em.execute(
      `update session set ${column} = ${column} - make_interval(days => ?) where id = ?`,
      [days, session_id],
    );
    await expect(refresh(refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
  });
});

describe('sessions', () => {
  it('are listed by device and ended one by one, or all', async () => {
    const { user_id, email } = await join();
    const [first, second, third] = [await enter(email), await enter(email), await enter(email)];
    const me = session(user_id);
    const list = async () =>
      (await identity.ask(listSessions, { user_id, current: third.session_id }, me)).sessions;
    expect(await list()).toMatchObject([
      { session_id: third.session_id, device: 'laptop', current: true },
      { session_id: second.session_id, current: false },
      { session_id: first.session_id, current: false },
    ]);
    await identity.ask(endSession, { user_id, session_id: second.session_id }, me);
    await expect(refresh(second.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
    expect(await list()).toHaveLength(2);
    expect(await identity.ask(endAllSessions, { user_id }, me)).toEqual({ ended: 2 });
    expect(await list()).toEqual([]);
    const ids = [first.session_id, third.session_id, newId()];
    expect(await identity.ask(listRevoked, { ids })).toEqual({ revoked: ids });
  });

  it('of somebody else are not there', async () => {
    const { email } = await join();
    const { user_id } = await join();
    const { session_id } = await enter(email);
    const other = identity.ask(endSession, { user_id, session_id }, session(user_id));
    await expect(other).rejects.toEqual(code('SESSION_NOT_FOUND'));
  });

  it('end with a changed password, but for the one that changed it', async () => {
    const { user_id, email } = await join();
    const [here, there] = [await enter(email), await enter(email)];
    const change = (current_password: string, new_password: string) =>
      identity.ask(
        changePassword,
        { user_id, current_password, new_password, current: here.session_id, address: 'a' },
        session(user_id),
      );
    await expect(change('wrong', 'violet harbour comet 3')).rejects.toEqual(code('SIGN_IN_FAILED'));
    await expect(change(PASSWORD, 'password1')).rejects.toEqual(code('INVALID_INPUT'));
    expect(await change(PASSWORD, 'violet harbour comet 3')).toEqual({ ended: 1 });
    expect((await refresh(here.refresh_token)).user_id).toBe(user_id);
    await expect(refresh(there.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
    await expect(enter(email)).rejects.toEqual(code('SIGN_IN_FAILED'));
    expect((await enter(email, 'violet harbour comet 3')).user_id).toBe(user_id);
  });
});

describe('guessing', () => {
  it('waits longer after each failure, and the right password does not help before the wait is over', async () => {
    const { email } = await join();
    for (let n = 0; n < 5; n += 1) {
      await expect(enter(email, 'wrong')).rejects.toEqual(code('SIGN_IN_FAILED'));
    }
    await expect(enter(email)).rejects.toMatchObject({ code: 'SIGN_IN_SLOWED', retryAfter: 1 });
    // From elsewhere the owner comes in.
    expect(await enter(email, PASSWORD, '192.0.2.9')).toHaveProperty('access_token');
    await identity.orm.em.execute(`update failed_try set failed_at = failed_at - interval '2 seconds'`);
    await expect(enter(email, 'wrong')).rejects.toEqual(code('SIGN_IN_FAILED'));
    await expect(enter(email)).rejects.toMatchObject({ code: 'SIGN_IN_SLOWED', retryAfter: 2 });
  });

  it('at many at the same moment gets no further', async () => {
    const { email } = await join();
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => enter(email, 'wrong', '192.0.2.77')),
    );
    const codes = tries.map((one) => (one.status === 'rejected' ? one.reason.code : 'in'));
    expect(codes.filter((one) => one === 'SIGN_IN_FAILED')).toHaveLength(5);
    expect(codes.filter((one) => one === 'SIGN_IN_SLOWED')).toHaveLength(15);
  });

  it('at an address that nobody has is answered the same', async () => {
    await expect(enter('nobody@example.org', PASSWORD, '192.0.2.5')).rejects.toEqual(code('SIGN_IN_FAILED'));
  });
});

describe('an API key', () => {
  const hashOf = (key: string) => createHash('sha256').update(key).digest('base64url');

  it('is shown once, known by its hash, and good until it is revoked', async () => {
    const { user_id } = await join();
    const me = session(user_id);
    const wanted = { user_id, name: 'home', scopes: ['read' as const], expires_in_days: 30 };
    const made = await identity.ask(createApiKey, wanted, me);
    expect(made.key).toMatch(/^utk_[\w-]{43}$/);
    const { keys } = await identity.ask(listApiKeys, { user_id }, me);
    expect(JSON.stringify(keys)).not.toContain(made.key);
    expect(keys).toMatchObject([{ key_id: made.key_id, name: 'home', last_used_at: null }]);

    const found = await identity.ask(getApiKey, { hash: hashOf(made.key) });
    expect(found.key).toMatchObject({ key_id: made.key_id, user_id, scopes: ['read'], roles: [] });
    const [used] = (await identity.ask(listApiKeys, { user_id }, me)).keys;
    expect(used?.last_used_at).not.toBeNull();

    await identity.ask(revokeApiKey, { user_id, key_id: made.key_id }, me);
    expect(await identity.ask(getApiKey, { hash: hashOf(made.key) })).toEqual({ key: null });
    expect(await identity.ask(listRevoked, { ids: [made.key_id] })).toEqual({ revoked: [made.key_id] });
  });

  it('is not made by a key, and no admin’s scope is given to who is none', async () => {
    const { user_id } = await join();
    const wanted = { user_id, name: 'home', scopes: ['admin' as const], expires_in_days: null };
    await expect(identity.ask(createApiKey, wanted, session(user_id))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ path: 'scopes' }],
    });
    const byKey = session(user_id, { authenticated_by: 'api_key' });
    await expect(identity.ask(createApiKey, wanted, byKey)).rejects.toEqual(code('FORBIDDEN'));
  });

  it('ends at its time', async () => {
    const { user_id } = await join();
    const wanted = { user_id, name: 'home', scopes: ['read' as const], expires_in_days: 1 };
    const { key, key_id } = await identity.ask(createApiKey, wanted, session(user_id));
    await identity.orm.em.execute('update api_key set expires_at = now() where id = ?', [key_id]);
    expect(await identity.ask(getApiKey, { hash: hashOf(key) })).toEqual({ key: null });
  });
});

describe('roles', () => {
  it('are given and taken, which ends the sessions of whose they are, and leave one admin at least', async () => {
    const { user_id, email } = await join();
    const { refresh_token } = await enter(email);
    const become = (roles: 'admin'[]) => identity.ask(changeRoles, { user_id, roles }, admin);
    expect(await become(['admin'])).toMatchObject({ user_id, roles: ['admin'], signs_in_by: ['password'] });
    await expect(refresh(refresh_token)).rejects.toEqual(code('SESSION_ENDED'));

    const { items } = await identity.ask(listAccounts, { limit: 200 }, admin);
    for (const other of items.filter((one) => one.user_id !== user_id && one.roles.length > 0)) {
      await identity.ask(changeRoles, { user_id: other.user_id, roles: [] }, admin);
    }
    await expect(become([])).rejects.toEqual(code('LAST_ADMIN'));
  });

  it('are an admin’s to give', async () => {
    const { user_id } = await join();
    const climb = identity.ask(changeRoles, { user_id, roles: ['admin'] }, session(user_id));
    await expect(climb).rejects.toEqual(code('FORBIDDEN'));
  });
});
