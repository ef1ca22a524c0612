import { randomBytes } from 'node:crypto';
import { call } from '@undertone/contracts/client/call';
import { follow } from '@undertone/contracts/client/follow';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../../services/identity/test/browser.js';
import { type OpenIdServer, startOpenIdServer } from '../../services/identity/test/openid-server.js';
import { Stack } from '../stack/stack.js';

/** Signing in with other sites, by a browser, on the product as it runs: with a real OpenID provider, and Spotify's simulator. */

const PUBLIC_URL = 'http://127.0.0.1:8000';
let provider: OpenIdServer;
let stack: Stack;

beforeAll(async () => {
  provider = await startOpenIdServer([`${PUBLIC_URL}/api/auth/oidc/home/callback`]);
  stack = await Stack.start({
    AUTH_MODE: 'accounts',
    PUBLIC_URL,
    REGISTRATION: 'open',
    FIELD_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    OIDC_CLIENT_SECRET_HOME: provider.clientSecret,
    OIDC_PROVIDERS: JSON.stringify([
      {
        id: 'home',
        name: 'At home',
        issuer: provider.issuer,
        client_id: provider.clientId,
        client_secret_env: 'OIDC_CLIENT_SECRET_HOME',
      },
    ]),
  });
});
afterAll(async () => {
  await stack?.stop();
  await provider?.stop();
});

/** A browser at this installation: what it opens, and its cookies. */
class Visitor {
  private cookies = new Map<string, string>();

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async open(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { cookie: this.cookie, ...init.headers };
    const response = await fetch(`${stack.url}${path}`, { ...init, redirect: 'manual', headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  /** Goes to the provider, and is sent back. @returns the path that it is sent back to. */
  async leave(page: string, person: string): Promise<string> {
    const { pathname, search } = await new Browser(PUBLIC_URL).signIn(page, person);
    return `${pathname}${search}`;
  }

  async signIn(path: string, person: string): Promise<Response> {
    const away = await this.open(path);
    const page = away.headers.get('location') ?? '';
    // Spotify's simulator asks nobody who they are.
    return this.open(await this.leave(path.includes('spotify') ? `${page}&user=${person}` : page, person));
  }

  async me(): Promise<Record<string, unknown>> {
    return (await (await this.open('/api/users/me')).json()) as Record<string, unknown>;
  }

  post(path: string, body: object): Promise<Response> {
    return this.open(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: PUBLIC_URL },
      body: JSON.stringify(body),
    });
  }
}

describe('the ways in', () => {
  it('are told to whoever asks, as they are configured', async () => {
    expect(await call({ url: stack.url }, 'listWaysIn', {})).toEqual({
      auth_mode: 'accounts',
      registration: 'open',
      password: true,
      forgotten_password: 'admin',
      passkeys: false,
      providers: [
        { id: 'spotify', name: 'Spotify (simulator)', login_path: '/api/auth/spotify/login' },
        { id: 'home', name: 'At home', login_path: '/api/auth/oidc/home/login' },
      ],
    });
  });
});

describe('an OpenID provider', () => {
  it('signs a browser in, which acts as that person from then on', async () => {
    const visitor = new Visitor();
    const back = await visitor.signIn('/api/auth/oidc/home/login?return_to=/insights', 'ada');
    expect([back.status, back.headers.get('location')]).toEqual([302, `${PUBLIC_URL}/insights`]);
    expect(visitor.cookie).toMatch(/^undertone-access=[^;]+; undertone-refresh=[^;]+$/);
    expect(await visitor.me()).toMatchObject({ display_name: 'ada of the provider' });
    const { user_id } = await visitor.me();
    const again = new Visitor();
    await again.signIn('/api/auth/oidc/home/login', 'ada');
    expect(await again.me()).toMatchObject({ user_id });
  });

  it('is linked by whoever is signed in, and signs them in', async () => {
    const [visitor, later] = [new Visitor(), new Visitor()];
    const credentials = { email: 'bo@example.org', password: 'copper lantern waltz 7' };
    await call({ url: stack.url }, 'registerUser', { ...credentials, display_name: 'Bo' });
    await visitor.post('/api/auth/login', { ...credentials, cookies: true });
    const { user_id } = await visitor.me();
    const begun = (await (await visitor.post('/api/auth/links', { provider: 'home' })).json()) as {
      url: string;
    };
    const back = await visitor.open(await visitor.leave(begun.url, 'bo'));
    expect(back.headers.get('location')).toBe(`${PUBLIC_URL}/`);
    await later.signIn('/api/auth/oidc/home/login', 'bo');
    expect(await later.me()).toMatchObject({ user_id, display_name: 'Bo' });
  });

  it('is not linked by a browser that is signed in as somebody else by then', async () => {
    const visitor = new Visitor();
    const password = 'copper lantern waltz 7';
    const people = ['dot', 'eli'].map((name) => ({ email: `${name}@example.org`, password }));
    for (const person of people) {
      await call({ url: stack.url }, 'registerUser', { ...person, display_name: 'Somebody' });
    }
    const signIn = (person?: object) => visitor.post('/api/auth/login', { ...person, cookies: true });
    await signIn(people[0]);
    const { url } = (await (await visitor.post('/api/auth/links', { provider: 'home' })).json()) as {
      url: string;
    };
    const back = await visitor.leave(url, 'dot');
    await signIn(people[1]);
    expect((await visitor.open(back)).status).toBe(401);
    for (const person of people) {
      await signIn(person);
      expect(await (await visitor.open('/api/auth/links')).json()).toEqual([]);
    }
  });
});

describe('Spotify', () => {
  it('signs a browser in and connects the person, who fetches what they listened to', async () => {
    const visitor = new Visitor();
    await visitor.signIn('/api/auth/spotify/login', 'cy');
    const { user_id } = (await visitor.me()) as { user_id: string };
    const queued = await visitor.post('/api/listening/ingest', { user_id, time_range: 'short_term' });
    const { task_id } = (await queued.json()) as { task_id: string };
    const api = { url: stack.url, headers: { cookie: visitor.cookie } };
    const states: string[] = [];
    for await (const { status } of follow(api, 'followTask', { task_id })) states.push(status);
    expect(states.at(-1)).toBe('SUCCESS');
  });
});

describe('while somebody is at the provider', () => {
  it.each(['identity', 'gateway'] as const)(
    '%s may be killed, and they come back signed in',
    async (part) => {
      const visitor = new Visitor();
      const away = await visitor.open('/api/auth/oidc/home/login');
      await stack.kill(part);
      const back = await visitor.leave(away.headers.get('location') ?? '', 'ada');
      await stack.restart(part);
      await eventually('it answers', async () => (await fetch(`${stack.url}/readyz`)).ok);
      expect((await visitor.open(back)).status).toBe(302);
      expect(await visitor.me()).toMatchObject({ display_name: 'ada of the provider' });
    },
  );

  it('identity may be gone when they come back, and is there when they open it once more', async () => {
    const visitor = new Visitor();
    const back = await visitor.leave(
      (await visitor.open('/api/auth/oidc/home/login')).headers.get('location') ?? '',
      'ada',
    );
    await stack.kill('identity');
    expect((await visitor.open(back)).status).toBe(503);
    await stack.restart('identity');
    expect((await visitor.open(back)).status).toBe(302);
    expect(await visitor.me()).toMatchObject({ display_name: 'ada of the provider' });
  });

  it('nobody else’s browser comes back in their place', async () => {
    const [visitor, victim] = [new Visitor(), new Visitor()];
    const back = await visitor.leave(
      (await visitor.open('/api/auth/oidc/home/login')).headers.get('location') ?? '',
      'eve',
    );
    expect((await victim.open(back)).status).toBe(400);
    await victim.open('/api/auth/oidc/home/login');
    expect((await victim.open(back)).status).toBe(400);
    expect(victim.cookie).not.toContain('undertone-access');
  });
});

it('no code, token or secret of a sign-in is in any log', () => {
  expect(stack.output).not.toMatch(/code=|state=|code_verifier|eyJ[\w-]+\.eyJ|sim-code|sim-refresh/);
  expect(stack.output).not.toContain(provider.clientSecret);
  expect(stack.output).not.toContain('of the provider');
});
