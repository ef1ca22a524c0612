import {
  finishProviderSignIn,
  startLink,
  startProviderSignIn,
} from '@undertone/contracts/sign-in/provider-rpc';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { badFields, problemOf } from './client.js';
import { answerSignIn } from './sign-in-behind.js';
import { type CalledGateway, startCalled, startSystem, type TestSystem } from './system.js';

const PUBLIC_URL = 'https://undertone.example.org';
const COOKIE = '__Host-undertone-sign-in';

let system: TestSystem;
let gateway: CalledGateway;
let asked: Record<string, unknown>[] = [];
beforeAll(async () => {
  system = await startSystem();
  gateway = await startCalled({ ...system.environment, AUTH_MODE: 'accounts', PUBLIC_URL });
  await answerSignIn(system.behind, newId());
});
beforeEach(async () => {
  asked = [];
  await system.behind.answer(startProviderSignIn, (question) => {
    asked.push(question);
    return { url: 'https://id.example.org/authorize?state=s', attempt: 'A'.repeat(43) };
  });
});
afterAll(async () => {
  await gateway?.close();
  await system?.stop();
});

const open = (path: string, cookie = '') => gateway.send('GET', path, { headers: { cookie } });
const attempt = `${COOKIE}=${'A'.repeat(43)}`;

describe('going to another site to sign in', () => {
  it.each([
    ['spotify', '/api/auth/spotify/login'],
    ['home', '/api/auth/oidc/home/login'],
  ])('begins at %s, and is tied to the browser', async (provider, path) => {
    const reply = await open(`${path}?return_to=/insights%3Fweek=48`);
    expect([reply.status, reply.text]).toEqual([302, '']);
    expect(reply.headers.get('location')).toBe('https://id.example.org/authorize?state=s');
    expect(reply.headers.getSetCookie()).toEqual([
      `${attempt}; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax`,
    ]);
    expect(asked).toEqual([{ provider, return_to: '/insights?week=48' }]);
  });

  it.each([
    ['spotify', '/api/auth/spotify/login'],
    ['home', '/api/auth/oidc/home/login'],
  ])('takes an invitation at %s in a body, and in no address', async (provider, path) => {
    expect(badFields(await open(`${path}?invitation=a-code`))).toEqual(['invitation']);
    const json = { invitation: 'a-code', return_to: '/insights' };
    const reply = await gateway.send('POST', path, { json });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ url: 'https://id.example.org/authorize?state=s' });
    expect(reply.headers.getSetCookie()[0]).toContain(attempt);
    expect(asked).toEqual([{ provider, ...json }]);
    const foreign = { origin: 'https://evil.example.org' };
    expect((await gateway.send('POST', path, { json, headers: foreign })).status).toBe(403);
  });

  it('begins by the installation’s own pages and by an address that was typed, and by no other site’s link', async () => {
    const from = async (path: string, site: string) => {
      const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
      return (await gateway.send('GET', path, { headers })).status;
    };
    for (const path of ['/api/auth/spotify/login', '/api/auth/oidc/home/login']) {
      const statuses = ['none', 'same-origin', 'same-site', 'cross-site'].map((site) => from(path, site));
      expect(await Promise.all(statuses)).toEqual([302, 302, 403, 403]);
    }
    expect(asked).toHaveLength(4);
  });

  it('goes on at the start page unless something else is said', async () => {
    await open('/api/auth/spotify/login');
    expect(asked).toEqual([{ provider: 'spotify', return_to: '/' }]);
  });

  it.each([
    'https://evil.example.org',
    '//evil.example.org',
    '/\\evil.example.org',
    '\\\\evil.example.org',
    '/\t/evil.example.org',
    '/\n/evil.example.org',
    ' /a',
    '/a b',
    'javascript:alert(1)',
    'evil.example.org',
    '',
    `/${'a'.repeat(500)}`,
  ])('never goes on at %j', async (elsewhere) => {
    const reply = await open(`/api/auth/oidc/home/login?return_to=${encodeURIComponent(elsewhere)}`);
    expect(reply.status).toBe(422);
    expect(badFields(reply)).toEqual(['return_to']);
    expect(asked).toEqual([]);
  });

  it.each(['Home', 'a/b', '..', 'a'.repeat(41)])('is not to a provider called %j', async (name) => {
    const reply = await open(`/api/auth/oidc/${encodeURIComponent(name)}/login`);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.status).toBeLessThan(500);
    expect(asked).toEqual([]);
  });
});

describe('coming back from another site', () => {
  const back = '/api/auth/oidc/home/callback?code=c&state=s&iss=https://id.example.org';

  it('sets the cookies of a session, forgets the attempt, and goes on at a path of ours', async () => {
    await system.behind.answer(finishProviderSignIn, (question) => {
      asked.push(question);
      const grant = {
        user_id: newId(),
        session_id: newId(),
        access_token: 'an.access.token',
        refresh_token: 'a-refresh-token',
        expires_in: 900,
        refresh_expires_in: 100,
      };
      return { grant, return_to: '/a/..//evil.example.org' };
    });
    // What providers add is none of our business.
    const reply = await gateway.send('GET', `${back}&session_state=x&scope=openid&authuser=0`, {
      headers: { cookie: attempt, 'user-agent': 'a browser' },
    });
    expect(reply.status).toBe(302);
    const location = new URL(reply.headers.get('location') ?? '');
    expect(location.origin).toBe(PUBLIC_URL);
    expect(reply.headers.getSetCookie().map((one) => one.split(';')[0])).toEqual([
      `${COOKIE}=`,
      '__Host-undertone-access=an.access.token',
      '__Secure-undertone-refresh=a-refresh-token',
    ]);
    expect(asked).toEqual([
      {
        provider: 'home',
        attempt: 'A'.repeat(43),
        code: 'c',
        state: 's',
        iss: 'https://id.example.org',
        device: 'a browser',
      },
    ]);
    expect(reply.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('starts no session where an account was linked', async () => {
    await system.behind.answer(finishProviderSignIn, () => ({ grant: null, return_to: '/accounts' }));
    const reply = await open(back, attempt);
    expect(reply.headers.get('location')).toBe(`${PUBLIC_URL}/accounts`);
    expect(reply.headers.getSetCookie()).toHaveLength(1);
  });

  it('is nothing in a browser that did not go there', async () => {
    const before = system.behind.asked(finishProviderSignIn);
    for (const cookie of ['', 'undertone-sign-in=not-ours-with-https']) {
      expect(problemOf(await open(back, cookie))).toMatchObject({ status: 400, code: 'SIGN_IN_EXPIRED' });
    }
    expect(system.behind.asked(finishProviderSignIn)).toBe(before);
  });

  it('that is refused says why, and sets nothing', async () => {
    await system.behind.answer(finishProviderSignIn, () => {
      throw new Refused('SIGN_IN_DENIED', 'the person said no');
    });
    const reply = await open(back, attempt);
    expect(problemOf(reply)).toMatchObject({ status: 403, code: 'SIGN_IN_DENIED' });
    expect(reply.headers.getSetCookie()).toEqual([]);
  });

  it('twice at once, or with no end of a code, is refused', async () => {
    expect((await open(`${back}&code=d`, attempt)).status).toBe(422);
    expect((await open(`/api/auth/spotify/callback?state=s&code=${'c'.repeat(5_000)}`, attempt)).status).toBe(
      422,
    );
  });
});

describe('linking', () => {
  const link = (headers: Record<string, string>) =>
    gateway.send('POST', '/api/auth/links', { json: { provider: 'home' }, headers });

  it('is for whoever is signed in, by the installation’s own pages', async () => {
    const before = system.behind.asked(startLink);
    expect((await link({})).status).toBe(401);
    const cookie = '__Host-undertone-access=whatever';
    expect((await link({ cookie, origin: 'https://evil.example.org' })).status).toBe(403);
    expect((await open('/api/auth/oidc/home/login?link=true', cookie)).status).not.toBe(302);
    expect(system.behind.asked(startLink)).toBe(before);
  });
});

it('there is nothing to sign in to in open mode', async () => {
  for (const path of ['/api/auth/spotify/login', '/api/auth/oidc/home/callback?code=c&state=s']) {
    expect(problemOf(await system.send('GET', path))).toMatchObject({ status: 409, code: 'SIGN_IN_OFF' });
  }
});

describe('where passkeys cannot be', () => {
  it('they are refused with what to set, and not named among the ways in', async () => {
    const local = await startCalled({ ...system.environment, AUTH_MODE: 'accounts' });
    try {
      const refused = problemOf(await local.send('POST', '/api/auth/login/passkey/options', { json: {} }));
      expect(refused).toMatchObject({ status: 409, code: 'PASSKEYS_NEED_DOMAIN' });
      expect(refused.detail).toContain('PUBLIC_URL=http://localhost:8000');
      expect(await local.call('listWaysIn', {})).toMatchObject({ auth_mode: 'accounts', passkeys: false });
      expect(await gateway.call('listWaysIn', {})).toMatchObject({ auth_mode: 'accounts', passkeys: true });
      expect(await system.call('listWaysIn', {})).toMatchObject({ auth_mode: 'open', password: false });
    } finally {
      await local.close();
    }
  });
});
