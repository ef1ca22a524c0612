import { anonymous, localOperator, type Principal } from '@undertone/contracts/access/principal';
import { getProfile, registerByToken, registerUser } from '@undertone/contracts/identity/rpc';
import { listLinks, removeLink } from '@undertone/contracts/sign-in/provider-rpc';
import { createPasswordCode, listAccounts, setPassword, signIn } from '@undertone/contracts/sign-in/rpc';
import type { Grant } from '@undertone/contracts/sign-in/session';
import { storeTokens } from '@undertone/contracts/token/rpc';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { answer } from '@undertone/platform/test-kit/answer';
import { accountIdOf } from '@undertone/simulators/spotify/account-id';
import { type SpotifySimulator, startSpotifySimulator } from '@undertone/simulators/spotify/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProviderPeople, PUBLIC_URL, session } from './provider-people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

const PASSWORD = 'copper lantern waltz 7';
const AT = '2026-11-30T10:00:00Z';

let simulator: SpotifySimulator;
let identity: RunningIdentity;
let people: ProviderPeople;
let stored: { user_id: string; access_token: string; refresh_token: string; scope?: string | undefined }[] =
  [];
let isTokenServiceUp = true;
beforeAll(async () => {
  simulator = await startSpotifySimulator();
  identity = await runIdentity([], {
    PUBLIC_URL,
    REGISTRATION: 'open',
    SPOTIFY_MODE: 'simulator',
    SPOTIFY_ACCOUNTS_URL: simulator.url,
    SPOTIFY_API_URL: simulator.url,
    SIGN_IN_PROVIDER_TIMEOUT_SECONDS: '1',
  });
  // As the token service does.
  answer(await identity.infrastructure.connect({}, 'token'), storeTokens, (tokens) => {
    if (!isTokenServiceUp) throw new Refused('SERVICE_UNAVAILABLE', 'its database does not answer');
    stored.push(tokens);
    const { user_id, scope = '' } = tokens;
    return { user_id, provider: 'spotify' as const, scopes: scope.split(' '), expires_at: AT, stored_at: AT };
  });
  await identity.nats.flush();
  people = new ProviderPeople(identity, 'spotify');
});
afterEach(() => {
  simulator.clearFaults();
  isTokenServiceUp = true;
  stored = [];
});
afterAll(async () => {
  await identity?.stop();
  await simulator?.close();
});

const code = (refusal: string) => expect.objectContaining({ code: refusal });
const admin = localOperator;
const profileOf = (user_id: string) => identity.ask(getProfile, { user_id }, session(user_id));
const accountOf = async (user_id: string) => {
  const { items } = await identity.ask(listAccounts, { limit: 200 }, admin);
  return items.find((one) => one.user_id === user_id);
};
const linksOf = async (user_id: string) =>
  (await identity.ask(listLinks, { user_id }, session(user_id))).links;
/** The simulator's page asks nobody; the address says who signs in. */
const as = <T extends { url: string }>(begun: T, user: string): T => ({
  ...begun,
  url: `${begun.url}&user=${user}`,
});
const signInAs = async (user: string, more: { invitation?: string } = {}): Promise<Grant> => {
  const returned = await people.atProvider(as(await people.begin(more), user), user);
  const { grant } = await people.finish(returned);
  if (!grant) throw new Error('no session began');
  return grant;
};
const linkAs = async (who: Pick<Grant, 'user_id' | 'session_id'>, user: string) =>
  people.finish(await people.atProvider(as(await people.beginLink(who), user), user));

let count = 0;
/** Somebody who signed in with a password, and may say what they are called at Spotify. */
async function enter(spotify_user_id?: string): Promise<Grant> {
  count += 1;
  const email = `person.${count}@example.org`;
  const person = { display_name: `Person ${count}`, email, password: PASSWORD, spotify_user_id };
  await identity.ask(registerUser, person, anonymous);
  return identity.ask(signIn, { email, password: PASSWORD, device: 'laptop', address: 'a' }, anonymous);
}

describe('signing in with Spotify', () => {
  it('registers who is not known yet, and connects them by the same consent', async () => {
    const { url } = await people.begin();
    expect(url.startsWith(`${simulator.url}/authorize?`)).toBe(true);
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      redirect_uri: `${PUBLIC_URL}/api/auth/spotify/callback`,
      scope: 'user-top-read user-read-recently-played',
      code_challenge_method: 'S256',
    });
    const { user_id } = await signInAs('ada');
    expect(await profileOf(user_id)).toMatchObject({
      display_name: 'ada',
      spotify_user_id: accountIdOf('ada'),
    });
    expect(stored).toMatchObject([
      {
        user_id,
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        expires_in: 3600,
        scope: 'user-top-read user-read-recently-played',
      },
    ]);
    expect((await accountOf(user_id))?.signs_in_by).toEqual(['spotify']);
    expect((await signInAs('ada')).user_id).toBe(user_id);
    expect(stored).toHaveLength(2);
  });

  it('leads a person of the time before sign-in to what is theirs, and takes the name from who only said it', async () => {
    const registration = { spotify_user_id: 'bo', display_name: 'Bo of old' };
    // Nobody was known by the name when somebody else said that it was theirs.
    const pretender = await enter('bo');
    expect((await profileOf(pretender.user_id)).spotify_user_id).toBe('bo');
    const earlier = await identity.ask(registerUser, registration, localOperator);
    expect((await accountOf(earlier.user_id))?.signs_in_by).toEqual([]);
    const { code: claim } = await identity.ask(createPasswordCode, { user_id: earlier.user_id }, admin);

    expect((await signInAs('bo')).user_id).toBe(earlier.user_id);
    expect(await profileOf(earlier.user_id)).toMatchObject({ display_name: 'Bo of old' });
    expect((await profileOf(pretender.user_id)).spotify_user_id).toBeNull();
    expect((await accountOf(earlier.user_id))?.signs_in_by).toEqual(['spotify']);
    expect((await linksOf(earlier.user_id)).map(({ provider }) => provider)).toEqual(['spotify']);
    // What it could have been claimed with is good no more.
    const claimed = { code: claim, email: 'bo@example.org', password: PASSWORD, address: 'a' };
    await expect(identity.ask(setPassword, claimed, anonymous)).rejects.toEqual(code('CODE_NOT_VALID'));
  });

  it('makes a name one’s own that was only said before, and takes it from who says so later', async () => {
    const person = await enter('cy');
    expect(await linkAs(person, 'cy')).toMatchObject({ grant: null });
    expect((await signInAs('cy')).user_id).toBe(person.user_id);
    // Whoever says so from now on is believed until the owner comes by, and gets nothing by it.
    const pretender = await enter('cy');
    expect((await signInAs('cy')).user_id).toBe(person.user_id);
    expect((await profileOf(pretender.user_id)).spotify_user_id).toBeNull();
  });

  it('is refused where the person says no, and where Spotify does not answer as it should', async () => {
    simulator.addFault({ kind: 'access_denied' });
    await expect(signInAs('dee')).rejects.toEqual(code('SIGN_IN_DENIED'));
    simulator.clearFaults();
    const faults = [
      ['invalid_grant', '/api/token', 'SIGN_IN_EXPIRED'],
      ['5xx', '/api/token', 'PROVIDER_UNAVAILABLE'],
      ['hang', '/v1/me', 'PROVIDER_UNAVAILABLE'],
      ['malformed', '/v1/me', 'PROVIDER_ANSWER_INVALID'],
    ] as const;
    for (const [kind, route, refusal] of faults) {
      const returned = await people.atProvider(as(await people.begin(), 'dee'), 'dee');
      simulator.addFault({ kind, route });
      await expect(people.finish(returned)).rejects.toEqual(code(refusal));
      simulator.clearFaults();
    }
    expect(stored).toEqual([]);
  });

  it('waits for nobody’s tokens where a person is connected already, and connects who is new or lets them try again', async () => {
    isTokenServiceUp = false;
    await expect(signInAs('fay')).rejects.toEqual(code('SERVICE_UNAVAILABLE'));
    isTokenServiceUp = true;
    const { user_id } = await signInAs('fay');
    expect(stored).toMatchObject([{ user_id }]);
    isTokenServiceUp = false;
    expect((await signInAs('fay')).user_id).toBe(user_id);
  });

  it('goes by what Spotify calls an account for ever, and not by a name that changes hands', async () => {
    const { user_id } = await identity.ask(
      registerUser,
      { spotify_user_id: 'jan', display_name: 'Jan' },
      localOperator,
    );
    expect((await signInAs('jan')).user_id).toBe(user_id);
    expect((await profileOf(user_id)).spotify_user_id).toBe(accountIdOf('jan'));
    // The name is free again, and somebody else is called so from now on.
    const someoneElse = { spotify_user_id: 'jan', display_name: 'Another Jan' };
    expect((await identity.ask(registerUser, someoneElse, localOperator)).user_id).not.toBe(user_id);
    expect((await signInAs('jan')).user_id).toBe(user_id);
  });
});

describe('somebody whose name at Spotify reads like what another is called for ever', () => {
  const withoutKinds = async (user_id: string) => {
    const bare = (column: string) => `${column} = regexp_replace(${column}, '^.*:', '')`;
    const change = (table: string, column: string, id: string) =>
      identity.orm.em.execute(`update ${table} set ${bare(column)} where ${id} = ?`, [user_id]);
    await change('linked_account', 'subject_fingerprint', 'user_id');
    await change('registered_user', 'spotify_user_fingerprint', 'id');
  };

  it('is somebody else', async () => {
    const zoe = await signInAs('zoe');
    const other = await signInAs(accountIdOf('zoe'));
    expect(other.user_id).not.toBe(zoe.user_id);
    expect((await signInAs('zoe')).user_id).toBe(zoe.user_id);
    expect((await signInAs(accountIdOf('zoe'))).user_id).toBe(other.user_id);
  });

  it('gets nothing of whom an earlier release linked, and who is found until it says which name it is', async () => {
    const { user_id } = await signInAs('yan');
    await withoutKinds(user_id);
    await expect(signInAs(accountIdOf('yan'))).rejects.toEqual(code('LINK_TAKEN'));
    expect((await signInAs('yan')).user_id).toBe(user_id);
    expect((await signInAs(accountIdOf('yan'))).user_id).not.toBe(user_id);
    expect((await signInAs('yan')).user_id).toBe(user_id);
  });
});

describe('a name at Spotify that was only said', () => {
  it('gives nobody an account that somebody has claimed by a code meanwhile, until they sign in and link it', async () => {
    const earlier = { spotify_user_id: 'kit', display_name: 'Kit' };
    const { user_id } = await identity.ask(registerUser, earlier, localOperator);
    const { code: claim } = await identity.ask(createPasswordCode, { user_id }, admin);
    const claimed = { code: claim, email: 'kit@example.org', password: PASSWORD, address: 'a' };
    await identity.ask(setPassword, claimed, anonymous);
    await expect(signInAs('kit')).rejects.toEqual(code('LINK_TAKEN'));
    expect(stored).toEqual([]);
    const grant = await identity.ask(
      signIn,
      { email: 'kit@example.org', password: PASSWORD, device: 'laptop', address: 'a' },
      anonymous,
    );
    await linkAs(grant, 'kit');
    expect((await signInAs('kit')).user_id).toBe(user_id);
  });
});

describe('linking Spotify', () => {
  it('connects whoever is signed in, to one account there', async () => {
    const person = await enter();
    await linkAs(person, 'gus');
    expect(stored).toMatchObject([{ user_id: person.user_id }]);
    expect((await profileOf(person.user_id)).spotify_user_id).toBe(accountIdOf('gus'));
    expect((await accountOf(person.user_id))?.signs_in_by).toEqual(['password', 'spotify']);
    await expect(linkAs(person, 'gus-too')).rejects.toEqual(code('LINK_TAKEN'));
  });

  it('is undone by a code that sets a password, whose owner signs in elsewhere', async () => {
    const person = await enter();
    await linkAs(person, 'lev');
    const { code: reset } = await identity.ask(createPasswordCode, { user_id: person.user_id }, admin);
    const question = { code: reset, password: 'violet harbour comet 3', address: 'a' };
    await identity.ask(setPassword, question, anonymous);
    expect((await profileOf(person.user_id)).spotify_user_id).toBeNull();
    expect((await signInAs('lev')).user_id).not.toBe(person.user_id);
  });

  it('that somebody of the time before sign-in is known by is refused', async () => {
    const earlier = { spotify_user_id: 'hal', display_name: 'Hal' };
    const { user_id } = await identity.ask(registerUser, earlier, localOperator);
    const person = await enter();
    await expect(linkAs(person, 'hal')).rejects.toEqual(code('LINK_TAKEN'));
    expect(stored).toEqual([]);
    expect((await signInAs('hal')).user_id).toBe(user_id);
  });

  it('is undone, and the name leads there no more', async () => {
    const earlier = { spotify_user_id: 'ida', display_name: 'Ida' };
    const { user_id } = await identity.ask(registerUser, earlier, localOperator);
    await signInAs('ida');
    const [link] = await linksOf(user_id);
    const unlink = () =>
      identity.ask(removeLink, { user_id, link_id: link?.link_id ?? '' }, session(user_id));
    await expect(unlink()).rejects.toEqual(code('LAST_WAY_IN'));
    const { code: claim } = await identity.ask(createPasswordCode, { user_id }, admin);
    const claimed = { code: claim, email: 'ida@example.org', password: PASSWORD, address: 'a' };
    await identity.ask(setPassword, claimed, anonymous);
    const entering = { email: 'ida@example.org', password: PASSWORD, device: 'laptop', address: 'a' };
    await linkAs(await identity.ask(signIn, entering, anonymous), 'ida');
    const [again] = await linksOf(user_id);
    await identity.ask(removeLink, { user_id, link_id: again?.link_id ?? '' }, session(user_id));
    expect((await signInAs('ida')).user_id).not.toBe(user_id);
    expect((await accountOf(user_id))?.signs_in_by).toEqual(['password']);
  });
});

describe('the simulator', () => {
  it('signs nobody in where others may reach the installation, whose people it would let anybody be', async () => {
    const changed = { PUBLIC_URL: 'https://undertone.example.org' };
    await identity.restart(changed);
    await expect(people.begin()).rejects.toEqual(code('PROVIDER_NOT_CONFIGURED'));
    await identity.restart({ ...changed, SPOTIFY_CLIENT_ID: 'an-app' });
    await expect(people.begin()).rejects.toEqual(code('PROVIDER_NOT_CONFIGURED'));
    await identity.restart();
  });

  it('is not taken for Spotify', async () => {
    await identity.restart({ SPOTIFY_MODE: 'spotify', SPOTIFY_CLIENT_ID: 'an-app' });
    const returned = await people.atProvider(as(await people.begin(), 'jo'), 'jo');
    await expect(people.finish(returned)).rejects.toEqual(code('SIMULATED_PROVIDER'));
    await identity.restart();
  });
});

describe('whoever brings a Spotify token', () => {
  const byToken = (access_token: string, caller: Principal = localOperator) =>
    identity.ask(registerByToken, { access_token }, caller);

  it('is its account’s owner in open mode, the same one for ten at once, and for who registers by that name', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => byToken('sim-access-token-owner')));
    expect(new Set(all.map(({ user_id }) => user_id)).size).toBe(1);
    const person = { spotify_user_id: 'token-owner', display_name: 'Owner' };
    const named = await identity.ask(registerUser, person, localOperator);
    expect(named.user_id).toBe(all[0]?.user_id);
    const events = await identity.events();
    expect(events.filter(({ subject }) => subject.includes(named.user_id))).toHaveLength(1);
  });

  it('is who they were, where they registered by name or signed in with Spotify before', async () => {
    const person = { spotify_user_id: 'named-before', display_name: 'Named', time_zone: 'Asia/Kolkata' };
    const { user_id } = await identity.ask(registerUser, person, localOperator);
    expect(await byToken('sim-access-named-before')).toMatchObject({ user_id, time_zone: 'Asia/Kolkata' });
    const grant = await signInAs('signed-in-before');
    expect((await byToken('sim-access-signed-in-before')).user_id).toBe(grant.user_id);
  });

  it('is the caller where people sign in, whosever the token is', async () => {
    const { user_id } = await signInAs('token-thief');
    expect((await byToken('sim-access-token-victim', session(user_id))).user_id).toBe(user_id);
  });

  it.each([
    ['401', 'INVALID_INPUT'],
    ['403', 'INVALID_INPUT'],
    ['429', 'PROVIDER_UNAVAILABLE'],
    ['5xx', 'PROVIDER_UNAVAILABLE'],
    ['hang', 'PROVIDER_UNAVAILABLE'],
    ['malformed', 'PROVIDER_ANSWER_INVALID'],
  ] as const)('is told why, where Spotify answers with %s', async (kind, refusal) => {
    simulator.addFault({ route: '/v1/me', kind, times: 1 });
    const refused = await byToken('sim-access-unlucky').catch((error: unknown) => error);
    expect(refused).toEqual(code(refusal));
    expect(String(refused)).not.toContain('sim-access');
  });
});
