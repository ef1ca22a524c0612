import type { EntityManager } from '@mikro-orm/postgresql';
import { anonymous, localOperator, type Principal } from '@undertone/contracts/access/principal';
import { listAudit } from '@undertone/contracts/audit/rpc';
import { changePreferences, getProfile, registerUser } from '@undertone/contracts/identity/rpc';
import { listErasures } from '@undertone/contracts/personal-data/erasure';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import {
  changeRoles,
  createApiKey,
  createInvitation,
  createPasswordCode,
  listAccounts,
  listCodes,
  listRevoked,
  setPassword,
  withdrawCode,
} from '@undertone/contracts/sign-in/rpc';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { answersToForgedCursors } from '@undertone/platform/test-kit/forged-cursors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handleFingerprints, signInFingerprints } from '../src/users/personal-data.js';
import { beside, heldUp, lockUser } from './held.js';
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
    await expect(identity.ask(registerUser, guessed, anonymous)).rejects.toEqual(code('CODE_NOT_VALID'));
    const { code: fresh } = await identity.ask(createInvitation, { admin: false }, admin);
    const invited = { ...guessed, invitation: fresh };
    await expect(identity.ask(registerUser, invited, anonymous)).rejects.toEqual(code('ALREADY_REGISTERED'));
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

  it('stay with the last admin who can sign in', async () => {
    const { user_id } = await people.join({ admin: true });
    const { user_id: stranded } = await people.join({ admin: true });
    const demote = (one: string) => identity.ask(changeRoles, { user_id: one, roles: [] }, admin);
    await identity.orm.em.execute(
      `update registered_user set password_hash = null where is_admin and id <> ?`,
      [user_id],
    );
    await expect(demote(user_id)).rejects.toEqual(code('LAST_ADMIN'));
    expect(await demote(stranded)).toMatchObject({ roles: [] });
  });

  it('give nothing to whoever loses them at the same moment', async () => {
    await people.join({ admin: true });
    const { user_id: other } = await people.join();
    const asks: ((by: Principal) => Promise<unknown>)[] = [
      (by) => identity.ask(createInvitation, { admin: true }, by),
      (by) => identity.ask(createPasswordCode, { user_id: other }, by),
      (by) => identity.ask(changeRoles, { user_id: other, roles: ['admin'] }, by),
    ];
    for (const ask of asks) {
      const { user_id } = await people.join({ admin: true });
      const by = session(user_id, { roles: ['admin'], scopes: ['read', 'write', 'admin'] });
      const outcome = await heldUp(
        identity,
        lockUser(user_id),
        () => ask(by),
        (em) => em.execute('update registered_user set is_admin = false where id = ?', [user_id]),
      );
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'FORBIDDEN' } });
    }
  });

  it('are an admin’s to give', async () => {
    const { user_id } = await people.join();
    const climb = identity.ask(changeRoles, { user_id, roles: ['admin'] }, session(user_id));
    await expect(climb).rejects.toEqual(code('FORBIDDEN'));
  });

  it('that are taken take along what was given by them: keys, invitations and codes', async () => {
    const { user_id } = await people.join({ admin: true });
    const { user_id: other } = await people.join();
    const asAdmin = session(user_id, { roles: ['admin'], scopes: ['read', 'write', 'admin'] });
    const keys = await Promise.all(
      (['admin', 'read'] as const).map((scope) =>
        identity.ask(createApiKey, { user_id, name: scope, scopes: [scope], expires_in_days: 1 }, asAdmin),
      ),
    );
    const { code: invitation } = await identity.ask(createInvitation, { admin: true }, asAdmin);
    const { code: reset } = await identity.ask(createPasswordCode, { user_id: other }, asAdmin);
    await people.join({ admin: true });
    await identity.ask(changeRoles, { user_id, roles: [] }, admin);
    const [ofAdmin, ofReader] = keys.map(({ key_id }) => key_id);
    expect(await identity.ask(listRevoked, { ids: [ofAdmin ?? '', ofReader ?? ''] })).toEqual({
      revoked: [ofAdmin],
    });
    const person = {
      display_name: 'Eve',
      email: 'by-former-admin@example.org',
      password: PASSWORD,
      invitation,
    };
    await expect(identity.ask(registerUser, person, anonymous)).rejects.toEqual(code('CODE_NOT_VALID'));
    const set = { code: reset, password: PASSWORD, address: 'a' };
    await expect(identity.ask(setPassword, set, anonymous)).rejects.toEqual(code('CODE_NOT_VALID'));
  });
});

describe('what somebody else takes at the same moment', () => {
  const encryption = () => new FieldEncryption(identity.environment.FIELD_ENCRYPTION_KEY ?? '');
  /** As another replica does whose transaction is not over yet. */
  const take = (column: string, fingerprint: string, user_id: string) => (em: EntityManager) =>
    em.execute(`update registered_user set ${column} = ? where id = ?`, [fingerprint, user_id]);

  it('is taken: an address to sign in with, and a handle', async () => {
    const [{ user_id: first }, { user_id: second }] = [await people.join(), await people.join()];
    const { code: reset } = await identity.ask(createPasswordCode, { user_id: second }, admin);
    const [email, handle] = ['contested@example.org', 'contested_one'];
    const set = { code: reset, email, password: PASSWORD, address: 'a' };
    const [address = ''] = signInFingerprints(encryption(), email);
    const byEmail = await heldUp(identity, take('sign_in_email_fingerprint', address, first), () =>
      identity.ask(setPassword, set, anonymous),
    );
    expect(byEmail).toMatchObject({ status: 'rejected', reason: { code: 'EMAIL_TAKEN' } });
    const [name = ''] = handleFingerprints(encryption(), handle);
    const byHandle = await heldUp(identity, take('handle_fingerprint', name, first), () =>
      identity.ask(changePreferences, { user_id: second, changes: { handle } }, session(second)),
    );
    expect(byHandle).toMatchObject({ status: 'rejected', reason: { code: 'HANDLE_TAKEN' } });
  });
});

it.each([listAccounts, listAudit, listCodes, listErasures])(
  'no cursor of $subject breaks anything',
  async (question) => {
    const ask = (one: RpcDefinition, input: object) => identity.ask(one, input, admin);
    expect(await answersToForgedCursors(ask, question as RpcDefinition)).toEqual(['BAD_CURSOR', 'read']);
  },
);

describe('a code to set a password with', () => {
  it('is listed with the others that are good, without the code, and withdrawn', async () => {
    const { user_id: by } = await people.join({ admin: true });
    const asAdmin = session(by, { roles: ['admin'], scopes: ['read', 'write', 'admin'] });
    const { user_id } = await people.join();
    const { code: reset } = await identity.ask(createPasswordCode, { user_id }, asAdmin);
    const { code: invitation } = await identity.ask(createInvitation, { admin: true }, asAdmin);
    const first = await identity.ask(listCodes, { limit: 1 }, admin);
    const second = await identity.ask(listCodes, { limit: 1, cursor: first.next ?? '' }, admin);
    const ofBoth = { issued_by: by, by_mail: false };
    expect(first.items).toMatchObject([{ is_for: 'invitation', admin: true, user_id: null, ...ofBoth }]);
    expect(second.items).toMatchObject([{ is_for: 'password', admin: false, user_id, ...ofBoth }]);
    expect(JSON.stringify([first, second])).not.toContain(reset);

    const withdraw = (code_id = '') => identity.ask(withdrawCode, { code_id }, admin);
    for (const { items } of [first, second]) {
      expect(await withdraw(items[0]?.code_id)).toEqual(items[0]);
      await expect(withdraw(items[0]?.code_id)).rejects.toEqual(code('CODE_NOT_FOUND'));
    }
    const person = { display_name: 'Eve', email: 'withdrawn@example.org', password: PASSWORD, invitation };
    await expect(identity.ask(registerUser, person, anonymous)).rejects.toEqual(code('CODE_NOT_VALID'));
    const set = { code: reset, password: PASSWORD, address: 'a' };
    await expect(identity.ask(setPassword, set, anonymous)).rejects.toEqual(code('CODE_NOT_VALID'));
  });

  it('is refused where another one is made at the same moment, and neither waits for the other', async () => {
    const { user_id } = await people.join();
    const { code: reset } = await identity.ask(createPasswordCode, { user_id }, admin);
    const outcome = await heldUp(
      identity,
      lockUser(user_id),
      () => identity.ask(setPassword, { code: reset, password: PASSWORD, address: 'a' }, anonymous),
      (em) => em.execute('delete from one_time_code where user_id = ?', [user_id]),
    );
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CODE_NOT_VALID' } });
  });

  it('is made while another transaction has codes that have expired', async () => {
    const { user_id } = await people.join();
    await identity.ask(createInvitation, { admin: false }, admin);
    await identity.orm.em.execute(`update one_time_code set expires_at = now() - interval '1 day'`);
    const lock = 'select 1 from one_time_code for update';
    const make = () => identity.ask(createPasswordCode, { user_id }, admin);
    expect(await beside(identity, (em) => em.execute(lock), make)).toHaveProperty('code');
  });

  it('is one, however many are asked for at once', async () => {
    const { user_id } = await people.join();
    const issued = await Promise.all(
      [1, 2, 3, 4].map(() => identity.ask(createPasswordCode, { user_id }, admin)),
    );
    const tries = await Promise.allSettled(
      issued.map((one) =>
        identity.ask(setPassword, { code: one.code, password: PASSWORD, address: 'a' }, anonymous),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('sets none that is made of the address of the account, and is as good as before', async () => {
    const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
    const email = 'zorbqlattyx@example.org';
    const person = { display_name: 'Zed', email, password: PASSWORD, invitation };
    const { user_id } = await identity.ask(registerUser, person, anonymous);
    const { code: reset } = await identity.ask(createPasswordCode, { user_id }, admin);
    const set = (password: string) =>
      identity.ask(setPassword, { code: reset, password, address: 'a' }, anonymous);
    await expect(set('zorbqlattyx')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(await set('violet harbour comet 3')).toEqual({ user_id });
  });

  it('ends the keys that somebody may have made who had the account for a while', async () => {
    const { user_id } = await people.join();
    const wanted = { user_id, name: 'left behind', scopes: ['read' as const], expires_in_days: null };
    const { key_id } = await identity.ask(createApiKey, wanted, session(user_id));
    const { code: reset } = await identity.ask(createPasswordCode, { user_id }, admin);
    await identity.ask(setPassword, { code: reset, password: PASSWORD, address: 'a' }, anonymous);
    expect(await identity.ask(listRevoked, { ids: [key_id] })).toEqual({ revoked: [key_id] });
  });
});

describe('a password', () => {
  it('is the same however a keyboard composes it, and may be long', async () => {
    const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
    const composed = 'Zürich größe käfer 17 öl'.normalize('NFC');
    const person = { display_name: 'Zoë', email: 'zoe@example.org', password: composed, invitation };
    const { user_id } = await identity.ask(registerUser, person, anonymous);
    expect((await people.enter(' ZOE@example.org ', composed.normalize('NFD'))).user_id).toBe(user_id);

    const { code: another } = await identity.ask(createInvitation, { admin: false }, admin);
    const long = `${'a'.repeat(200)} copper lantern waltz 7`;
    const patient = { display_name: 'Long', email: 'long@example.org', password: long, invitation: another };
    expect(await identity.ask(registerUser, patient, anonymous)).toHaveProperty('user_id');
    const { code: third } = await identity.ask(createInvitation, { admin: false }, admin);
    const weak = { ...patient, email: 'weak@example.org', password: 'a'.repeat(256), invitation: third };
    await expect(identity.ask(registerUser, weak, anonymous)).rejects.toEqual(code('INVALID_INPUT'));
  });
});

describe('registering', () => {
  it('tells whoever is not invited nothing of who is here', async () => {
    const { email } = await people.join();
    const given = { display_name: 'Eve', password: 'another lantern waltz 8' };
    for (const one of [email, 'nobody-here@example.org']) {
      const tried = identity.ask(registerUser, { ...given, email: one }, anonymous);
      await expect(tried).rejects.toEqual(code('REGISTRATION_CLOSED'));
    }
  });

  it('sent twice at once, by one invitation, is one account', async () => {
    const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
    const person = { display_name: 'Twice', email: 'twice@example.org', password: PASSWORD, invitation };
    const users = await Promise.all([1, 2, 3, 4].map(() => identity.ask(registerUser, person, anonymous)));
    expect(new Set(users.map(({ user_id }) => user_id)).size).toBe(1);
  });
});
