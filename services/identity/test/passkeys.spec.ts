import { anonymous, type Principal } from '@undertone/contracts/access/principal';
import {
  addPasskey,
  listPasskeys,
  removePasskey,
  signInByPasskey,
  startPasskey,
  startPasskeySignIn,
} from '@undertone/contracts/sign-in/passkey-rpc';
import {
  createApiKey,
  createPasswordCode,
  listAccounts,
  setPassword,
} from '@undertone/contracts/sign-in/rpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator } from './authenticator.js';
import { beside, heldUp, lockUser } from './held.js';
import { admin, code, PASSWORD, People, session } from './people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

const PUBLIC_URL = 'https://undertone.example.org';
const ELSEWHERE = 'https://undertone.evil.example';

let identity: RunningIdentity;
let people: People;
beforeAll(async () => {
  identity = await runIdentity([], { PUBLIC_URL });
  people = new People(identity);
});
afterAll(() => identity.stop());

const start = (user_id: string) => identity.ask(startPasskey, { user_id }, session(user_id));
const add = (user_id: string, response: ReturnType<Authenticator['create']>) =>
  identity.ask(addPasskey, { user_id, name: 'phone', response }, session(user_id));
const startSignIn = () => identity.ask(startPasskeySignIn, {}, anonymous);
const signIn = (response: ReturnType<Authenticator['get']>) =>
  identity.ask(signInByPasskey, { response, device: 'phone' }, anonymous);
const REFUSED = code('PASSKEY_NOT_VALID');

/** Somebody with a passkey. */
async function joined(): Promise<{ user_id: string; passkey_id: string; authenticator: Authenticator }> {
  const { user_id } = await people.join();
  const authenticator = new Authenticator(PUBLIC_URL);
  const { passkey_id } = await add(user_id, authenticator.create(await start(user_id)));
  return { user_id, passkey_id, authenticator };
}

describe('a passkey', () => {
  it('is added by whoever is signed in, and signs them in', async () => {
    const { user_id, passkey_id, authenticator } = await joined();
    const grant = await signIn(authenticator.get(await startSignIn()));
    expect(grant.user_id).toBe(user_id);
    expect((await people.refresh(grant.refresh_token)).session_id).toBe(grant.session_id);
    const { passkeys } = await identity.ask(listPasskeys, { user_id }, session(user_id));
    expect(passkeys).toMatchObject([{ passkey_id, name: 'phone', last_used_at: expect.any(String) }]);
    const { items } = await identity.ask(listAccounts, { limit: 1 }, admin);
    expect(items).toMatchObject([{ user_id, signs_in_by: ['password', 'passkey'] }]);
  });

  it('is asked for a person who is verified, and for none that they have already', async () => {
    const { user_id, authenticator } = await joined();
    const { id } = authenticator.get({ challenge: 'AAAA' });
    expect(await start(user_id)).toMatchObject({
      rp: { id: 'undertone.example.org' },
      excludeCredentials: [{ id }],
      authenticatorSelection: { userVerification: 'required', residentKey: 'required' },
    });
  });

  it('is not added for another page, challenge or person, or twice', async () => {
    const { user_id } = await people.join();
    const { user_id: other } = await people.join();
    const authenticator = new Authenticator(PUBLIC_URL);
    const made = async (changed: object) => add(user_id, authenticator.create(await start(user_id), changed));
    await expect(made({ origin: ELSEWHERE })).rejects.toEqual(REFUSED);
    await expect(made({ rpId: 'undertone.evil.example' })).rejects.toEqual(REFUSED);
    await expect(made({ challenge: 'bm90LWdpdmVu' })).rejects.toEqual(REFUSED);
    await expect(made({ flags: 0x01 })).rejects.toEqual(REFUSED);
    await expect(add(user_id, authenticator.create(await start(other)))).rejects.toEqual(REFUSED);
    await expect(add(user_id, authenticator.create(await startSignIn()))).rejects.toEqual(REFUSED);
    const once = authenticator.create(await start(user_id));
    expect(await add(user_id, once)).toHaveProperty('passkey_id');
    await expect(add(user_id, once)).rejects.toEqual(REFUSED);
    // Nor is it somebody else's as well.
    await expect(add(other, authenticator.create(await start(other)))).rejects.toEqual(REFUSED);
  });

  it('signs nobody in by what was signed for another page or challenge, or by another key', async () => {
    const { user_id, authenticator } = await joined();
    const signed = async (changed: object) => signIn(authenticator.get(await startSignIn(), changed));
    await expect(signed({ origin: ELSEWHERE })).rejects.toEqual(REFUSED);
    await expect(signed({ rpId: 'undertone.evil.example' })).rejects.toEqual(REFUSED);
    await expect(signed({ challenge: 'bm90LWdpdmVu' })).rejects.toEqual(REFUSED);
    // Its owner was not verified.
    await expect(signed({ flags: 0x01 })).rejects.toEqual(REFUSED);
    const { id, rawId, response } = authenticator.get({ challenge: 'AAAA' });
    const made = new Authenticator(PUBLIC_URL).get(await startSignIn());
    const { userHandle } = response;
    const forged = { ...made, id, rawId, response: { ...made.response, userHandle } };
    await expect(signIn(forged)).rejects.toEqual(REFUSED);
    await expect(signIn(new Authenticator(PUBLIC_URL).get(await startSignIn()))).rejects.toEqual(REFUSED);
    await expect(signIn(authenticator.get(await start(user_id)))).rejects.toEqual(REFUSED);
  });

  it('signs in once by one signature, and not by a copy whose counter lags', async () => {
    const { authenticator } = await joined();
    const once = authenticator.get(await startSignIn());
    const both = await Promise.allSettled([signIn(once), signIn(once)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(signIn(authenticator.get(await startSignIn(), { counter: 1 }))).rejects.toEqual(REFUSED);
  });

  it('lets others be answered however many try with it at once', async () => {
    const { authenticator } = await joined();
    const { email } = await people.join();
    const { refresh_token } = await people.enter(email);
    const forged = Array.from({ length: 30 }, () =>
      signIn(authenticator.get({ challenge: 'bm90LWdpdmVu' })).catch((error: { code: string }) => error.code),
    );
    const [refreshed, ...codes] = await Promise.all([people.refresh(refresh_token), ...forged]);
    expect(refreshed).toHaveProperty('access_token');
    expect(new Set(codes)).toEqual(new Set(['PASSKEY_NOT_VALID']));
  });

  it('has one try with what it was asked to sign', async () => {
    const { authenticator } = await joined();
    const options = await startSignIn();
    await expect(signIn(authenticator.get(options, { flags: 0x01 }))).rejects.toEqual(REFUSED);
    await expect(signIn(authenticator.get(options))).rejects.toEqual(REFUSED);
  });

  it('does not wait longer than five minutes', async () => {
    const { authenticator } = await joined();
    const options = await startSignIn();
    await identity.orm.em.execute(`update passkey_challenge set expires_at = now()`);
    await expect(signIn(authenticator.get(options))).rejects.toEqual(REFUSED);
  });

  it('is removed, but for the last way in', async () => {
    const { user_id, passkey_id, authenticator } = await joined();
    const remove = () => identity.ask(removePasskey, { user_id, passkey_id }, session(user_id));
    await identity.orm.em.execute('update registered_user set password_hash = null where id = ?', [user_id]);
    await expect(remove()).rejects.toEqual(code('LAST_WAY_IN'));
    expect((await signIn(authenticator.get(await startSignIn()))).user_id).toBe(user_id);
    await identity.orm.em.execute(`update registered_user set password_hash = 'x' where id = ?`, [user_id]);
    expect(await remove()).toMatchObject({ passkey_id });
    await expect(signIn(authenticator.get(await startSignIn()))).rejects.toEqual(REFUSED);
  });

  it('is not added by a session that ends at the same moment, nor is a key made', async () => {
    const { user_id, email } = await people.join();
    const key = { user_id, name: 'late', scopes: ['read' as const], expires_in_days: 1 };
    const response = new Authenticator(PUBLIC_URL).create(await start(user_id));
    const asks: ((by: Principal) => Promise<unknown>)[] = [
      (by) => identity.ask(addPasskey, { user_id, name: 'phone', response }, by),
      (by) => identity.ask(createApiKey, key, by),
    ];
    for (const ask of asks) {
      const { session_id } = await people.enter(email);
      const outcome = await heldUp(
        identity,
        lockUser(user_id),
        () => ask(session(user_id, { session_id })),
        (em) => em.execute('update session set ended_at = now() where id = ?', [session_id]),
      );
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'SESSION_ENDED' } });
    }
  });

  it('takes the sessions along that it began, and no others', async () => {
    const { user_id, passkey_id, authenticator } = await joined();
    const [byIt, byOther] = [
      await signIn(authenticator.get(await startSignIn())),
      new Authenticator(PUBLIC_URL),
    ];
    await add(user_id, byOther.create(await start(user_id)));
    const other = await signIn(byOther.get(await startSignIn()));
    await identity.ask(removePasskey, { user_id, passkey_id }, session(user_id));
    await expect(people.refresh(byIt.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
    expect((await people.refresh(other.refresh_token)).user_id).toBe(user_id);
  });

  it('begins no session when it is removed at the same moment', async () => {
    const { user_id, passkey_id, authenticator } = await joined();
    const signed = authenticator.get(await startSignIn());
    const outcome = await heldUp(
      identity,
      lockUser(user_id),
      () => signIn(signed),
      (em) => em.execute('delete from passkey where id = ?', [passkey_id]),
    );
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'PASSKEY_NOT_VALID' } });
  });

  it('is asked for while another transaction has challenges that have expired', async () => {
    await startSignIn();
    await identity.orm.em.execute(`update passkey_challenge set expires_at = now() - interval '1 day'`);
    const lock = 'select 1 from passkey_challenge for update';
    expect(await beside(identity, (em) => em.execute(lock), startSignIn)).toHaveProperty('challenge');
  });

  it('is gone when a code sets the password, the first one as any other', async () => {
    const set = async (user_id: string, email: string) => {
      const { code: reset } = await identity.ask(createPasswordCode, { user_id }, admin);
      await identity.ask(setPassword, { code: reset, email, password: PASSWORD, address: 'a' }, anonymous);
    };
    for (const hash of ['null', 'password_hash']) {
      const { user_id, authenticator } = await joined();
      await identity.orm.em.execute(`update registered_user set password_hash = ${hash} where id = ?`, [
        user_id,
      ]);
      await set(user_id, `${hash}@example.org`);
      await expect(signIn(authenticator.get(await startSignIn()))).rejects.toEqual(REFUSED);
      expect((await people.enter(`${hash}@example.org`)).user_id).toBe(user_id);
    }
  });

  it('signs in whom it names, and says whom', async () => {
    const [{ authenticator, user_id }, other] = [await joined(), await joined()];
    const handles = [Buffer.from(other.user_id).toString('base64url'), 'AAAA', null, undefined];
    for (const userHandle of handles) {
      const given = authenticator.get(await startSignIn());
      const response = { ...given, response: { ...given.response, userHandle } };
      await expect(signIn(response)).rejects.toEqual(REFUSED);
    }
    expect((await signIn(authenticator.get(await startSignIn()))).user_id).toBe(user_id);
  });

  it('of somebody else is not there', async () => {
    const { passkey_id } = await joined();
    const { user_id } = await people.join();
    const other = identity.ask(removePasskey, { user_id, passkey_id }, session(user_id));
    await expect(other).rejects.toEqual(code('PASSKEY_NOT_FOUND'));
  });
});
