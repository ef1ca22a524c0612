import { anonymous, localOperator } from '@undertone/contracts/access/principal';
import { getProfile, registerUser } from '@undertone/contracts/identity/rpc';
import {
  changeRoles,
  createInvitation,
  createPasswordCode,
  listAccounts,
  setPassword,
} from '@undertone/contracts/sign-in/rpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, code, PASSWORD, People, session } from './people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

let identity: RunningIdentity;
let people: People;
beforeAll(async () => {
  identity = await runIdentity();
  people = new People(identity);
});
afterAll(() => identity.stop());

describe('an account', () => {
  it('is made by invitation, once, and found again by its password', async () => {
    const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
    const person = { display_name: 'Ada', email: 'Ada@Example.org', password: PASSWORD, invitation };
    const user = await identity.ask(registerUser, person, anonymous);
    expect(await identity.ask(registerUser, person, anonymous)).toMatchObject({ user_id: user.user_id });
    expect((await people.enter('ADA@example.org')).user_id).toBe(user.user_id);

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
    const { email } = await people.join();
    const grant = await people.enter(email);
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
    expect((await people.enter(claimed.email)).user_id).toBe(user_id);
    expect(await identity.ask(getProfile, { user_id }, session(user_id))).toMatchObject({
      spotify_user_id: 'earlier',
    });
  });

  it('does not take another account’s address', async () => {
    const { email } = await people.join();
    const { user_id } = await people.join();
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

describe('roles', () => {
  it('are given and taken, which ends the sessions of whose they are, and leave one admin at least', async () => {
    const { user_id, email } = await people.join();
    const { refresh_token } = await people.enter(email);
    const become = (roles: 'admin'[]) => identity.ask(changeRoles, { user_id, roles }, admin);
    expect(await become(['admin'])).toMatchObject({ user_id, roles: ['admin'], signs_in_by: ['password'] });
    await expect(people.refresh(refresh_token)).rejects.toEqual(code('SESSION_ENDED'));

    const { items } = await identity.ask(listAccounts, { limit: 200 }, admin);
    for (const other of items.filter((one) => one.user_id !== user_id && one.roles.length > 0)) {
      await identity.ask(changeRoles, { user_id: other.user_id, roles: [] }, admin);
    }
    await expect(become([])).rejects.toEqual(code('LAST_ADMIN'));
  });

  it('are an admin’s to give', async () => {
    const { user_id } = await people.join();
    const climb = identity.ask(changeRoles, { user_id, roles: ['admin'] }, session(user_id));
    await expect(climb).rejects.toEqual(code('FORBIDDEN'));
  });
});
