import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type SpotifySimulator, startSpotifySimulator } from '../src/spotify/server.js';
import { webApiError } from './spotify-client.js';

const START = new Date('2026-03-01T12:00:00Z');
const REDIRECT = 'http://127.0.0.1:8000/api/auth/spotify/callback';
const VERIFIER = 'a-verifier-of-enough-characters-for-the-rfc-7636';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

const granted = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.literal(3600),
  scope: z.string(),
  refresh_token: z.string().optional(),
});
const refused = z.strictObject({ error: z.string(), error_description: z.string() });

let simulator: SpotifySimulator;
beforeAll(async () => {
  simulator = await startSpotifySimulator({ now: START, rotation: 'never' });
});
afterAll(() => simulator.close());

async function authorize(query: Record<string, string> = {}): Promise<Response> {
  const url = new URL('/authorize', simulator.url);
  const all = {
    response_type: 'code',
    client_id: 'app',
    redirect_uri: REDIRECT,
    state: 's-1',
    scope: 'user-top-read',
  };
  url.search = new URLSearchParams({ ...all, ...query }).toString();
  return fetch(url, { redirect: 'manual' });
}

async function codeFor(query: Record<string, string> = {}): Promise<string> {
  const target = new URL((await authorize(query)).headers.get('location') ?? '');
  return target.searchParams.get('code') ?? '';
}

const pkce = { code_challenge: CHALLENGE, code_challenge_method: 'S256', user: 'ada' };

async function token(form: Record<string, string>, basic?: string): Promise<Response> {
  const headers =
    basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString('base64')}` };
  return fetch(`${simulator.url}/api/token`, { method: 'POST', headers, body: new URLSearchParams(form) });
}

async function signIn() {
  const form = {
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT,
    client_id: 'app',
    code_verifier: VERIFIER,
  };
  return granted.parse(await (await token({ ...form, code: await codeFor(pkce) })).json());
}

async function me(accessToken: string): Promise<Response> {
  return fetch(`${simulator.url}/v1/me`, { headers: { authorization: `Bearer ${accessToken}` } });
}

describe('signing in', () => {
  it('redirects to the exact URI with code and state', async () => {
    const response = await authorize(pkce);
    expect(response.status).toBe(302);
    const target = new URL(response.headers.get('location') ?? '');
    expect(target.href.startsWith(REDIRECT)).toBe(true);
    expect(target.searchParams.get('state')).toBe('s-1');
    expect(target.searchParams.get('code')).toMatch(/^sim-code-/);
  });

  it('refuses localhost and plain http, allows https', async () => {
    expect((await authorize({ redirect_uri: 'http://localhost:8000/callback' })).status).toBe(400);
    expect((await authorize({ redirect_uri: 'http://undertone.example/callback' })).status).toBe(400);
    expect((await authorize({ redirect_uri: 'https://undertone.example/callback' })).status).toBe(302);
  });

  it('redirects with access_denied when the person says no', async () => {
    simulator.addFault({ route: '/authorize', kind: 'access_denied', times: 1 });
    const target = new URL((await authorize()).headers.get('location') ?? '');
    expect(Object.fromEntries(target.searchParams)).toEqual({ error: 'access_denied', state: 's-1' });
  });

  it('exchanges a code with the right verifier, once', async () => {
    const form = {
      grant_type: 'authorization_code',
      redirect_uri: REDIRECT,
      client_id: 'app',
      code_verifier: VERIFIER,
    };
    const code = await codeFor(pkce);
    const tokens = granted.parse(await (await token({ ...form, code })).json());
    expect(tokens.refresh_token).toBeTypeOf('string');
    expect(await (await me(tokens.access_token)).json()).toMatchObject({ id: 'ada' });
    const again = await token({ ...form, code });
    expect([again.status, refused.parse(await again.json()).error]).toEqual([400, 'invalid_grant']);
  });

  it.each([
    ['a wrong verifier', { code_verifier: VERIFIER.replace('a', 'b') }, 'invalid_grant'],
    ['no verifier', {}, 'invalid_grant'],
    ['another redirect URI', { code_verifier: VERIFIER, redirect_uri: `${REDIRECT}/other` }, 'invalid_grant'],
    ['another client', { code_verifier: VERIFIER, client_id: 'other' }, 'invalid_grant'],
    ['a short verifier', { code_verifier: 'short' }, 'invalid_request'],
  ])('refuses a code with %s', async (_case, given, error) => {
    const form = { grant_type: 'authorization_code', redirect_uri: REDIRECT, client_id: 'app', ...given };
    const response = await token({ ...form, code: await codeFor(pkce) });
    expect([response.status, refused.parse(await response.json()).error]).toEqual([400, error]);
  });

  it('wants a client secret where there was no challenge', async () => {
    const form = { grant_type: 'authorization_code', redirect_uri: REDIRECT };
    expect((await token({ ...form, code: await codeFor() }, 'app:secret')).status).toBe(200);
    expect((await token({ ...form, code: await codeFor(), client_id: 'app' })).status).toBe(400);
  });
});

describe('refreshing', () => {
  it('gives a new access token, and says which client must ask', async () => {
    const { refresh_token = '', access_token } = await signIn();
    const form = { grant_type: 'refresh_token', refresh_token };
    const tokens = granted.parse(await (await token(form, 'app:secret')).json());
    expect(tokens.access_token).not.toBe(access_token);
    expect(tokens.refresh_token).toBeUndefined();
    expect((await token({ ...form, client_id: 'other' })).status).toBe(400);
    expect(refused.parse(await (await token(form)).json()).error).toBe('invalid_client');
  });

  it('gives a new refresh token only sometimes, and keeps the old one good', async () => {
    const other = await startSpotifySimulator({ now: START });
    const ask = async () => {
      other.clock.advance(60_000);
      const form = { grant_type: 'refresh_token', refresh_token: 'sim-refresh-ada', client_id: 'app' };
      const response = await fetch(`${other.url}/api/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      return granted.parse(await response.json()).refresh_token !== undefined;
    };
    const rotations: boolean[] = [];
    for (let count = 0; count < 60; count += 1) rotations.push(await ask());
    await other.close();
    const share = rotations.filter(Boolean).length / rotations.length;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.5);
  });

  it('ends an access token after an hour and a refresh token after six months, however often it was used', async () => {
    simulator.clock.set(START);
    const { access_token, refresh_token = '' } = await signIn();
    const form = { grant_type: 'refresh_token', refresh_token, client_id: 'app' };
    simulator.clock.advance(3_600_000);
    expect((await me(access_token)).status).toBe(401);
    expect((await token(form)).status).toBe(200);
    simulator.clock.set(new Date('2026-08-31T12:00:00Z'));
    expect((await token(form)).status).toBe(200);
    simulator.clock.set(new Date('2026-09-01T12:00:00Z'));
    const ended = await token(form);
    expect([ended.status, refused.parse(await ended.json()).error]).toEqual([400, 'invalid_grant']);
    simulator.clock.set(START);
  });

  it('revokes one user on demand', async () => {
    simulator.addFault({ route: '/api/token', kind: 'invalid_grant', user: 'ada' });
    const refresh = (name: string) =>
      token({ grant_type: 'refresh_token', refresh_token: `sim-refresh-${name}`, client_id: 'app' });
    expect(refused.parse(await (await refresh('ada')).json()).error).toBe('invalid_grant');
    expect((await refresh('bo')).status).toBe(200);
    simulator.clearFaults();
  });

  it('takes any other text for the token of a person of its own, after an expiry too', async () => {
    const whose = async (accessToken: string) => (await (await me(accessToken)).json()) as { id: string };
    const ada = await whose('BQD...');
    expect(await whose('BQD...')).toEqual(ada);
    expect((await whose('BQE...')).id).not.toBe(ada.id);

    const refresh = () => token({ grant_type: 'refresh_token', refresh_token: 'AQC...', client_id: 'app' });
    const first = granted.parse(await (await refresh()).json());
    expect(first.scope.split(' ')).toContain('user-top-read');
    const bo = await whose(first.access_token);
    simulator.clock.advance(3_600_000);
    expect((await me(first.access_token)).status).toBe(401);
    const second = granted.parse(await (await refresh()).json());
    expect(await whose(second.access_token)).toEqual(bo);
    simulator.clock.set(START);
  });

  it('refuses what it did not issue, where it is strict', async () => {
    const strict = await startSpotifySimulator({ now: START, strictTokens: true });
    const as = (bearer: string) =>
      fetch(`${strict.url}/v1/me`, { headers: { authorization: `Bearer ${bearer}` } });
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: 'AQC...',
      client_id: 'app',
    });
    const refreshed = await fetch(`${strict.url}/api/token`, { method: 'POST', body });
    expect(refused.parse(await refreshed.json()).error).toBe('invalid_grant');
    const unknown = await as('BQD...');
    expect(unknown.status).toBe(401);
    webApiError.parse(await unknown.json());
    expect((await as('sim-access-ada')).status).toBe(200);
    await strict.close();
  });

  it('knows its tokens after a restart', async () => {
    const { access_token } = await signIn();
    const restarted = await startSpotifySimulator({ now: START });
    const response = await fetch(`${restarted.url}/v1/me`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    await restarted.close();
    expect(await response.json()).toMatchObject({ id: 'ada' });
  });
});
