import { localOperator } from '@undertone/contracts/access/principal';
import { getProfile } from '@undertone/contracts/identity/rpc';
import { createInvitation, listAccounts, refreshSession } from '@undertone/contracts/sign-in/rpc';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OpenIdServer, startOpenIdServer } from './openid-server.js';
import { ProviderPeople, PUBLIC_URL, session } from './provider-people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

const REDIRECT_URI = `${PUBLIC_URL}/api/auth/oidc/home/callback`;

let server: OpenIdServer;
let identity: RunningIdentity;
let people: ProviderPeople;
beforeAll(async () => {
  server = await startOpenIdServer([REDIRECT_URI]);
  identity = await runIdentity([], {
    PUBLIC_URL,
    REGISTRATION: 'open',
    SIGN_IN_PROVIDER_TIMEOUT_SECONDS: '1',
    OIDC_CLIENT_SECRET_HOME: server.clientSecret,
    OIDC_PROVIDERS: JSON.stringify([
      {
        id: 'home',
        issuer: server.issuer,
        client_id: server.clientId,
        client_secret_env: 'OIDC_CLIENT_SECRET_HOME',
      },
      { id: 'gone', issuer: 'http://127.0.0.1:9', client_id: 'undertone' },
    ]),
  });
  people = new ProviderPeople(identity, 'home');
});
afterEach(() => server.hang(false));
afterAll(async () => {
  await identity?.stop();
  await server?.stop();
});

const code = (refusal: string) => expect.objectContaining({ code: refusal });
const admin = localOperator;

describe('signing in with an OpenID provider', () => {
  it('registers who is not known yet, with the name of the provider, and finds them again', async () => {
    const { url } = await people.begin();
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      client_id: 'undertone',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    const first = await people.signIn('ada');
    const second = await people.signIn('ada');
    expect(second.user_id).toBe(first.user_id);
    expect(second.session_id).not.toBe(first.session_id);
    const profile = await identity.ask(getProfile, { user_id: first.user_id }, session(first.user_id));
    expect(profile).toMatchObject({ display_name: 'ada of the provider', spotify_user_id: null });
    const { items } = await identity.ask(listAccounts, { limit: 50 }, admin);
    expect(items.find(({ user_id }) => user_id === first.user_id)?.signs_in_by).toEqual(['oidc']);
    const events = (await identity.events()).filter(({ subject }) => subject?.includes(first.user_id));
    expect(events.map(({ type }) => type)).toEqual([expect.stringContaining('user-registered')]);
    const { refresh_token } = second;
    expect(await identity.ask(refreshSession, { refresh_token })).toMatchObject({ user_id: first.user_id });
  });

  it('makes one person of many who come at once', async () => {
    const returned = await Promise.all(
      [1, 2, 3].map(async () => people.atProvider(await people.begin(), 'many')),
    );
    const grants = await Promise.all(returned.map((one) => people.finish(one)));
    expect(new Set(grants.map(({ grant }) => grant?.user_id)).size).toBe(1);
  });

  it('goes on where it began', async () => {
    const begun = await people.begin({ return_to: '/insights?week=48' });
    expect(await people.finish(await people.atProvider(begun, 'ada'))).toMatchObject({
      return_to: '/insights?week=48',
    });
  });

  it('is finished by another replica than began it', async () => {
    const replica = await identity.start();
    await identity.service.close();
    const begun = await people.begin();
    await identity.start();
    await replica.close();
    const returned = await people.atProvider(begun, 'ada');
    expect(await people.finish(returned)).toMatchObject({ grant: { user_id: expect.any(String) } });
  });

  it('keeps nothing that a sign-in could be finished with, and of a person nothing in the clear', async () => {
    await people.signIn('secretive');
    const begun = await people.begin();
    const { state, code: given } = await people.atProvider(begun, 'secretive');
    const tables = ['provider_sign_in', 'linked_account', 'registered_user'];
    const rows = await Promise.all(tables.map((one) => identity.orm.em.execute(`select * from ${one}`)));
    const stored = JSON.stringify(rows);
    const nonce = new URL(begun.url).searchParams.get('nonce');
    for (const secret of ['secretive', begun.attempt, state, nonce, given]) {
      expect(secret).toEqual(expect.any(String));
      expect(stored).not.toContain(secret);
    }
  });
});

describe('a sign-in is refused', () => {
  it('in a browser that did not begin it, whatever it brings', async () => {
    const attacker = await people.atProvider(await people.begin(), 'mallory');
    const victim = await people.begin();
    // The attacker has the victim's browser open where the provider sent their own.
    await expect(people.finish({ ...attacker, attempt: victim.attempt })).rejects.toEqual(
      code('SIGN_IN_EXPIRED'),
    );
    await expect(people.finish({ ...attacker, attempt: 'made-up' })).rejects.toEqual(code('SIGN_IN_EXPIRED'));
    // With the victim's state the provider still knows whose code it is.
    const state = new URL(victim.url).searchParams.get('state') ?? '';
    await expect(people.finish({ ...attacker, attempt: victim.attempt, state })).rejects.toEqual(
      code('SIGN_IN_EXPIRED'),
    );
    // What the attacker began is as good as before, for the attacker.
    expect(await people.finish(attacker)).toHaveProperty('grant.user_id');
  });

  it.each(['', 'x', 'A'.repeat(43)])(
    'with the state "%s", and can be finished with the right one',
    async (state) => {
      const returned = await people.atProvider(await people.begin(), 'ada');
      await expect(people.finish({ ...returned, state })).rejects.toEqual(code('SIGN_IN_EXPIRED'));
      expect(await people.finish(returned)).toHaveProperty('grant.user_id');
    },
  );

  it('a second time', async () => {
    const returned = await people.atProvider(await people.begin(), 'ada');
    const both = await Promise.allSettled([people.finish(returned), people.finish(returned)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(people.finish(returned)).rejects.toEqual(code('SIGN_IN_EXPIRED'));
  });

  it('with a code that was used', async () => {
    const { code: used } = await people.atProvider(await people.begin(), 'ada');
    const begun = await people.begin();
    const state = new URL(begun.url).searchParams.get('state') ?? '';
    await expect(
      people.finish({ attempt: begun.attempt, state, ...(used && { code: used }), iss: server.issuer }),
    ).rejects.toEqual(code('SIGN_IN_EXPIRED'));
  });

  it('after ten minutes', async () => {
    const returned = await people.atProvider(await people.begin(), 'ada');
    await identity.orm.em.execute(`update provider_sign_in set expires_at = now()`);
    await expect(people.finish(returned)).rejects.toEqual(code('SIGN_IN_EXPIRED'));
  });

  it('at another provider than it began with', async () => {
    const returned = await people.atProvider(await people.begin(), 'ada');
    const mixedUp = new ProviderPeople(identity, 'gone').finish(returned);
    await expect(mixedUp).rejects.toEqual(code('SIGN_IN_EXPIRED'));
  });

  it('where the person says no', async () => {
    const returned = await people.atProvider(await people.begin(), undefined);
    expect(returned.error).toBe('access_denied');
    await expect(people.finish(returned)).rejects.toEqual(code('SIGN_IN_DENIED'));
  });

  it('where nothing is brought', async () => {
    const { code: _, ...returned } = await people.atProvider(await people.begin(), 'ada');
    await expect(people.finish(returned)).rejects.toEqual(code('PROVIDER_ANSWER_INVALID'));
  });
});

describe('a provider', () => {
  it('that nobody has set up is not one', async () => {
    await expect(new ProviderPeople(identity, 'other').begin()).rejects.toEqual(code('PROVIDER_UNKNOWN'));
    await expect(new ProviderPeople(identity, 'spotify').begin()).rejects.toEqual(
      code('PROVIDER_NOT_CONFIGURED'),
    );
  });

  it('that is away keeps nobody else from signing in', async () => {
    await expect(new ProviderPeople(identity, 'gone').begin()).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('could not be reached'),
    });
    expect(await people.signIn('ada')).toHaveProperty('user_id');
  });

  it('that does not answer is waited for a second, and signs people in once it does again', async () => {
    const returned = await people.atProvider(await people.begin(), 'ada');
    server.hang(true);
    await expect(people.finish(returned)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('within 1 s'),
    });
    await identity.restart();
    await expect(people.begin()).rejects.toEqual(code('PROVIDER_UNAVAILABLE'));
    server.hang(false);
    expect(await people.signIn('ada')).toHaveProperty('user_id');
  });
});

describe('who may register with a provider', () => {
  it('is whoever has an invitation, where people are invited, and it is good once', async () => {
    await identity.restart({ REGISTRATION: 'invitation' });
    await expect(people.signIn('bo')).rejects.toEqual(code('REGISTRATION_CLOSED'));
    await expect(people.signIn('bo', { invitation: 'made-up' })).rejects.toEqual(code('CODE_NOT_VALID'));
    const { code: invitation } = await identity.ask(createInvitation, { admin: true }, admin);
    const { user_id } = await people.signIn('bo', { invitation });
    const { items } = await identity.ask(listAccounts, { limit: 50 }, admin);
    expect(items.find((one) => one.user_id === user_id)?.roles).toEqual(['admin']);
    await expect(people.signIn('cy', { invitation })).rejects.toEqual(code('CODE_NOT_VALID'));
    expect((await people.signIn('bo')).user_id).toBe(user_id);
  });

  it('is nobody, where registration is closed; who is known signs in', async () => {
    await identity.restart({ REGISTRATION: 'closed' });
    await expect(people.signIn('dee')).rejects.toEqual(code('REGISTRATION_CLOSED'));
    expect(await people.signIn('ada')).toHaveProperty('user_id');
    await identity.restart();
  });
});
