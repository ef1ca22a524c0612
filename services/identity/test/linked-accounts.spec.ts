import { anonymous, localOperator } from '@undertone/contracts/access/principal';
import { registerUser } from '@undertone/contracts/identity/rpc';
import { listLinks, removeLink } from '@undertone/contracts/sign-in/provider-rpc';
import {
  endAllSessions,
  endSession,
  listAccounts,
  refreshSession,
  signIn,
} from '@undertone/contracts/sign-in/rpc';
import type { Grant } from '@undertone/contracts/sign-in/session';
import { OperatedKeys } from '@undertone/platform/test-kit/operated-keys';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldUp, lockUser } from './held.js';
import { type OpenIdServer, startOpenIdServer } from './openid-server.js';
import { ProviderPeople, PUBLIC_URL, session } from './provider-people.js';
import { encryptionKey, type RunningIdentity, runIdentity } from './running-identity.js';

const PASSWORD = 'copper lantern waltz 7';

let server: OpenIdServer;
let identity: RunningIdentity;
let home: ProviderPeople;
let work: ProviderPeople;
beforeAll(async () => {
  const ids = ['home', 'work'];
  server = await startOpenIdServer(ids.map((id) => `${PUBLIC_URL}/api/auth/oidc/${id}/callback`));
  const provider = {
    issuer: server.issuer,
    client_id: server.clientId,
    client_secret_env: 'OIDC_CLIENT_SECRET_A',
  };
  identity = await runIdentity([], {
    PUBLIC_URL,
    REGISTRATION: 'open',
    OIDC_CLIENT_SECRET_A: server.clientSecret,
    OIDC_PROVIDERS: JSON.stringify(ids.map((id) => ({ id, ...provider }))),
  });
  [home, work] = [new ProviderPeople(identity, 'home'), new ProviderPeople(identity, 'work')];
});
afterAll(async () => {
  await identity?.stop();
  await server?.stop();
});

const code = (refusal: string) => expect.objectContaining({ code: refusal });
const admin = localOperator;
const linksOf = async (user_id: string) =>
  (await identity.ask(listLinks, { user_id }, session(user_id))).links;
const unlink = (user_id: string, link_id: string) =>
  identity.ask(removeLink, { user_id, link_id }, session(user_id));
const refresh = ({ refresh_token }: Grant) => identity.ask(refreshSession, { refresh_token }, anonymous);
const waysOf = async (user_id: string) => {
  const { items } = await identity.ask(listAccounts, { limit: 200 }, admin);
  return items.find((one) => one.user_id === user_id)?.signs_in_by;
};

let count = 0;
/** Somebody who signed in with a password. */
async function enter(): Promise<Grant> {
  count += 1;
  const email = `person.${count}@example.org`;
  await identity.ask(registerUser, { display_name: `Person ${count}`, email, password: PASSWORD }, anonymous);
  return identity.ask(signIn, { email, password: PASSWORD, device: 'laptop', address: 'a' }, anonymous);
}

describe('linking an account', () => {
  it('gives whoever is signed in another way in, and starts no session', async () => {
    const person = await enter();
    expect(await home.link(person, 'ada')).toEqual({ grant: null, return_to: '/accounts' });
    expect((await home.signIn('ada')).user_id).toBe(person.user_id);
    expect(await waysOf(person.user_id)).toEqual(['password', 'oidc']);
    expect(await linksOf(person.user_id)).toEqual([
      { link_id: expect.any(String), provider: 'home', linked_at: expect.any(String) },
    ]);
  });

  it('again changes nothing, and several accounts may be linked', async () => {
    const person = await enter();
    await home.link(person, 'bo-at-home');
    await home.link(person, 'bo-at-home');
    await work.link(person, 'bo-at-work');
    expect((await linksOf(person.user_id)).map(({ provider }) => provider)).toEqual(['home', 'work']);
    expect((await work.signIn('bo-at-work')).user_id).toBe(person.user_id);
  });

  it('that is somebody else’s is refused, and leaves both as they were', async () => {
    const [owner, other] = [await enter(), await enter()];
    await home.link(owner, 'cy');
    await expect(home.link(other, 'cy')).rejects.toMatchObject({
      code: 'LINK_TAKEN',
      message: 'somebody else here signs in with this account',
    });
    expect(await linksOf(other.user_id)).toEqual([]);
    expect((await home.signIn('cy')).user_id).toBe(owner.user_id);
  });

  it('of one that two link at once, gives it to one of them', async () => {
    const both = [await enter(), await enter()];
    const returned = await Promise.all(
      both.map(async (person) => home.atProvider(await home.beginLink(person), 'race')),
    );
    const ends = await Promise.allSettled(returned.map((one) => home.finish(one)));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('takes a session that is still going: when it begins, and when it ends', async () => {
    const person = await enter();
    const begun = await home.beginLink(person);
    const returned = await home.atProvider(begun, 'dee');
    const me = session(person.user_id);
    await identity.ask(endSession, { user_id: person.user_id, session_id: person.session_id }, me);
    await expect(home.finish(returned)).rejects.toEqual(code('SESSION_ENDED'));
    await expect(home.beginLink(person)).rejects.toEqual(code('SESSION_ENDED'));
    expect(await linksOf(person.user_id)).toEqual([]);
  });

  it('ends in a browser that is still signed in as it was, or not at all', async () => {
    const [person, other] = [await enter(), await enter()];
    const returned = async () => home.atProvider(await home.beginLink(person), 'nat');
    await expect(home.finish(await returned(), other.session_id)).rejects.toEqual(code('SESSION_ENDED'));
    expect(await linksOf(person.user_id)).toEqual([]);
    expect(await home.finish(await returned(), person.session_id)).toMatchObject({ grant: null });
    expect(await linksOf(person.user_id)).toHaveLength(1);
  });

  it('adds nothing where the session ends at the same moment', async () => {
    const person = await enter();
    const returned = await home.atProvider(await home.beginLink(person), 'odo');
    const outcome = await heldUp(
      identity,
      lockUser(person.user_id),
      () => home.finish(returned),
      (em) => em.execute('update session set ended_at = now() where id = ?', [person.session_id]),
    );
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'SESSION_ENDED' } });
    expect(await linksOf(person.user_id)).toEqual([]);
  });

  it('takes the session of whoever links, and no key', async () => {
    const [person, other] = [await enter(), await enter()];
    const theirs = home.beginLink({ user_id: person.user_id, session_id: other.session_id });
    await expect(theirs).rejects.toEqual(code('SESSION_ENDED'));
    const question = { user_id: person.user_id };
    const byKey = session(person.user_id, { authenticated_by: 'api_key' });
    await expect(identity.ask(listLinks, question, byKey)).rejects.toEqual(code('FORBIDDEN'));
    await expect(identity.ask(listLinks, question, session(other.user_id))).rejects.toEqual(
      code('USER_NOT_FOUND'),
    );
  });

  it('is not what an address leads to: the provider knows the same one, and it is another person', async () => {
    const email = 'eve@example.org';
    const registration = { display_name: 'Eve', email, password: PASSWORD };
    const eve = await identity.ask(registerUser, registration, anonymous);
    expect((await home.signIn('eve')).user_id).not.toBe(eve.user_id);
  });
});

describe('unlinking an account', () => {
  it('ends what it signed in to, and it is a stranger’s from then on', async () => {
    const person = await enter();
    await home.link(person, 'fay');
    const [link] = await linksOf(person.user_id);
    expect(await unlink(person.user_id, link?.link_id ?? '')).toEqual(link);
    expect(await linksOf(person.user_id)).toEqual([]);
    expect((await home.signIn('fay')).user_id).not.toBe(person.user_id);
    await expect(unlink(person.user_id, link?.link_id ?? '')).rejects.toEqual(code('LINK_NOT_FOUND'));
  });

  it('takes the sessions along that it began, and no others', async () => {
    const person = await enter();
    await home.link(person, 'lea-at-home');
    await work.link(person, 'lea-at-work');
    const [atHome, atWork] = [await home.signIn('lea-at-home'), await work.signIn('lea-at-work')];
    const [link] = await linksOf(person.user_id);
    await unlink(person.user_id, link?.link_id ?? '');
    await expect(refresh(atHome)).rejects.toEqual(code('SESSION_ENDED'));
    for (const one of [atWork, person]) expect((await refresh(one)).user_id).toBe(person.user_id);
  });

  it('while somebody signs in by it begins no session', async () => {
    const person = await enter();
    await home.link(person, 'mia');
    const returned = await home.atProvider(await home.begin(), 'mia');
    const outcome = await heldUp(
      identity,
      lockUser(person.user_id),
      () => home.finish(returned),
      (em) => em.execute('delete from linked_account where user_id = ?', [person.user_id]),
    );
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'SIGN_IN_EXPIRED' } });
  });

  it('that is the last way in is refused, also where two are unlinked at once', async () => {
    const person = await home.signIn('gus');
    const [first] = await linksOf(person.user_id);
    await expect(unlink(person.user_id, first?.link_id ?? '')).rejects.toEqual(code('LAST_WAY_IN'));
    await work.link(person, 'gus-at-work');
    const links = await linksOf(person.user_id);
    const ends = await Promise.allSettled(links.map(({ link_id }) => unlink(person.user_id, link_id)));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await linksOf(person.user_id)).toHaveLength(1);
  });

  it('that is the last one whose provider is still set up is refused', async () => {
    const person = await home.signIn('hal');
    await work.link(person, 'hal-at-work');
    const [atHome] = await linksOf(person.user_id);
    const [definition] = JSON.parse(identity.environment.OIDC_PROVIDERS ?? '[]');
    await identity.restart({ OIDC_PROVIDERS: JSON.stringify([definition]) });
    await expect(unlink(person.user_id, atHome?.link_id ?? '')).rejects.toEqual(code('LAST_WAY_IN'));
    await identity.restart();
    expect(await unlink(person.user_id, atHome?.link_id ?? '')).toMatchObject({ provider: 'home' });
  });

  it('of somebody else is refused', async () => {
    const [owner, other] = [await home.signIn('ida'), await enter()];
    const [link] = await linksOf(owner.user_id);
    await expect(unlink(other.user_id, link?.link_id ?? '')).rejects.toEqual(code('LINK_NOT_FOUND'));
    await identity.ask(endAllSessions, { user_id: other.user_id }, session(other.user_id));
  });
});

describe('the encryption key of linked accounts', () => {
  it('is exchanged for another, and everybody is known before, during and after', async () => {
    const old = identity.environment.FIELD_ENCRYPTION_KEY ?? '';
    const newer = encryptionKey();
    const keys = new OperatedKeys('identity', identity.nats);
    const names = ['jo', 'kim'];
    const everybody = async () => Promise.all(names.map(async (name) => (await home.signIn(name)).user_id));
    const known = await everybody();
    await identity.restart({ FIELD_ENCRYPTION_KEY: `${newer},${old}` });
    expect(await everybody()).toEqual(known);

    // A replica that encrypts with the old key while another one does with the new key.
    const other = await identity.start({ FIELD_ENCRYPTION_KEY: `${old},${newer}` });
    const returned = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async () => home.atProvider(await home.begin(), 'lou')),
    );
    const grants = await Promise.all(returned.map((one) => home.finish(one)));
    expect(new Set(grants.map(({ grant }) => grant?.user_id)).size).toBe(1);
    await other.close();

    await keys.rotate();
    const uses = await keys.list();
    expect(uses.map((use) => use.rows)).toEqual([expect.any(Number), 0]);
    const [rows] = await identity.orm.em.execute<{ n: number }[]>(
      'select (select count(*) from registered_user)::int + (select count(*) from linked_account)::int as n',
    );
    expect(uses[0]?.rows).toBe(rows?.n);
    await identity.restart({ FIELD_ENCRYPTION_KEY: newer });
    expect(await everybody()).toEqual(known);
    await expect(identity.restart({ FIELD_ENCRYPTION_KEY: old })).rejects.toThrow('FIELD_ENCRYPTION_KEY');
    identity.environment.FIELD_ENCRYPTION_KEY = newer;
    await identity.restart();
  });
});
