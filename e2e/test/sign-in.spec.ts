import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { RequestsDenied } from '@undertone/contracts/audit/requests-denied';
import { call } from '@undertone/contracts/client/call';
import { follow } from '@undertone/contracts/client/follow';
import { pages } from '@undertone/contracts/client/pages';
import type { AnswerOf } from '@undertone/contracts/client/route-types';
import { REVOCATIONS } from '@undertone/contracts/sign-in/revocations';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { testRedis } from '@undertone/platform/test-kit/infrastructure';
import { startTestRedis, type TestServer } from '@undertone/platform/test-kit/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../stack/stack.js';
import { PASSWORD, type SignedIn, signInAgain } from './access-callers.js';

/** An installation where people sign in, from its first admin on, while its parts are killed. */

const PUBLIC_URL = 'http://undertone.localhost:8000';
const FIELD_ENCRYPTION_KEY = randomBytes(32).toString('base64');
let redis: TestServer;
let stack: Stack;
let ada: SignedIn;

const bearer = ({ access_token }: Pick<SignedIn, 'access_token'>) => ({
  url: stack.url,
  headers: { authorization: `Bearer ${access_token}` },
});
const signIn = (email: string) => signInAgain(stack.url, email);
/** Status and code of what a token is answered with. */
async function shown(token: string): Promise<string> {
  const response = await fetch(`${stack.url}/api/users/me`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const body = (await response.json()) as { code?: string };
  return `${response.status}${body.code ? ` ${body.code}` : ''}`;
}
const REFUSED = '401 UNAUTHENTICATED';

beforeAll(async () => {
  redis = await startTestRedis();
  stack = await Stack.start({
    AUTH_MODE: 'accounts',
    PUBLIC_URL,
    FIELD_ENCRYPTION_KEY,
    REDIS_URL: redis.url,
  });
});
afterAll(async () => {
  await stack?.stop();
  await redis?.stop();
});

/** The code that the command for the first admin prints. */
async function firstAdminCode(...flags: string[]): Promise<string> {
  const environment = { ...stack.infrastructure.environment('identity'), FIELD_ENCRYPTION_KEY, PUBLIC_URL };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['services/identity/dist/src/first-admin.js', ...flags],
    { cwd: new URL('../..', import.meta.url), env: { PATH: process.env.PATH, ...environment } },
  );
  return /^ {2}([\w-]{43})$/m.exec(stdout)?.[1] ?? '';
}

describe('a new installation', () => {
  it('has nobody who may do anything, and lets nobody register', async () => {
    const register = fetch(`${stack.url}/api/users/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ display_name: 'Eve', email: 'eve@example.org', password: PASSWORD }),
    });
    expect(await (await register).json()).toMatchObject({ code: 'REGISTRATION_CLOSED' });
    const accounts = await fetch(`${stack.url}/api/admin/users`);
    expect(accounts.status).toBe(401);
  });

  it('gets its first admin by a command, and the others by the admin', async () => {
    const admin = { display_name: 'Ada', email: 'ada@example.org', password: PASSWORD };
    await call({ url: stack.url }, 'registerUser', { ...admin, invitation: await firstAdminCode() });
    ada = await signIn(admin.email);
    expect(await call(bearer(ada), 'listAccounts', {})).toMatchObject([
      { display_name: 'Ada', roles: ['admin'], signs_in_by: ['password'] },
    ]);
    await expect(firstAdminCode()).rejects.toThrow('There is an admin already');

    const { code: invitation } = await call(bearer(ada), 'createInvitation', {});
    const ben = { display_name: 'Ben', email: 'ben@example.org', password: PASSWORD, invitation };
    await call({ url: stack.url }, 'registerUser', ben);
    await expect(call(bearer(await signIn(ben.email)), 'listAccounts', {})).rejects.toMatchObject({
      status: 403,
    });
  });

  it('fetches and shows what is listened to, for whoever signed in and for their key', async () => {
    const { user_id } = ada;
    const { key } = await call(bearer(ada), 'createApiKey', { name: 'home', scopes: ['read', 'write'] });
    const byKey = { url: stack.url, headers: { authorization: `Bearer ${key}` } };
    await call(byKey, 'storeTokens', {
      user_id,
      access_token: 'sim-access-ada',
      refresh_token: 'sim-refresh-ada',
      expires_in: 3600,
      scope: 'user-top-read user-read-recently-played',
    });
    const { task_id } = await call(byKey, 'ingestListening', { user_id, time_range: 'short_term' });
    const states: string[] = [];
    for await (const { status } of follow(bearer(ada), 'followTask', { task_id })) states.push(status);
    expect(states.at(-1)).toBe('SUCCESS');
    expect(await call(bearer(ada), 'listSnapshots', { user_id })).toHaveLength(1);
  });
});

describe('a browser', () => {
  const send = (path: string, cookie: string, headers: Record<string, string>, body = '{}') =>
    fetch(`${stack.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, ...headers },
      body,
    });
  const own = { origin: PUBLIC_URL };
  const cookiesOf = (response: Response) => response.headers.getSetCookie();
  const pairs = (set: readonly string[]) => set.map((one) => one.split(';')[0]).join('; ');
  const credentials = JSON.stringify({ email: 'ada@example.org', password: PASSWORD, cookies: true });

  it('is given cookies that no script can read, and no tokens', async () => {
    const response = await send('/api/auth/login', '', own, credentials);
    expect(response.status).toBe(200);
    expect(await response.text()).not.toMatch(/access_token|refresh_token/);
    const [access = '', refresh = ''] = cookiesOf(response);
    expect(access).toMatch(/^undertone-access=.+; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(refresh).toMatch(
      /^undertone-refresh=.+; Max-Age=\d+; Path=\/api\/auth; HttpOnly; SameSite=Strict$/,
    );
    const next = await send('/api/auth/refresh', pairs([refresh]), own);
    const me = await fetch(`${stack.url}/api/users/me`, { headers: { cookie: pairs(cookiesOf(next)) } });
    expect([next.status, me.status]).toEqual([200, 200]);
  });

  it('acts for whoever is signed in by the installation’s own pages alone', async () => {
    const cookie = pairs(cookiesOf(await send('/api/auth/login', '', own, credentials)));
    const key = JSON.stringify({ name: 'x' });
    const outcomes = await Promise.all(
      [
        { origin: 'https://evil.example.org' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        {},
        own,
        { 'sec-fetch-site': 'same-origin' },
      ].map(async (headers) => (await send('/api/auth/keys', cookie, headers as never, key)).status),
    );
    expect(outcomes).toEqual([403, 403, 403, 403, 403, 200, 200]);
  });

  it('is not signed in, or made to register, by a page of another site', async () => {
    const foreign = { origin: 'https://evil.example.org' };
    expect((await send('/api/auth/login', '', foreign, credentials)).status).toBe(403);
    const text = { ...foreign, 'content-type': 'text/plain' };
    expect((await send('/api/users/register', '', text)).status).toBe(403);
  });

  it('loses its cookies when it signs out', async () => {
    const cookie = pairs(cookiesOf(await send('/api/auth/login', '', own, credentials)));
    const response = await send('/api/auth/logout', cookie, own);
    expect(cookiesOf(response).map((one) => /^[\w-]+=;.*Expires=Thu, 01 Jan 1970/.test(one))).toEqual([
      true,
      true,
    ]);
    expect((await send('/api/auth/logout', cookie, own)).status).toBe(401);
  });

  it.each(['/api/auth/logout', '/api/auth/logout-everywhere'])(
    'signs out at %s when only its refresh cookie is left, once, and by its own pages',
    async (path) => {
      const [, refresh = ''] = cookiesOf(await send('/api/auth/login', '', own, credentials));
      const cookie = pairs([refresh]);
      expect((await send(path, cookie, {})).status).toBe(403);
      expect((await send(path, `undertone-access=of-yesterday; ${cookie}`, own)).status).toBe(200);
      expect((await send('/api/auth/refresh', cookie, own)).status).toBe(401);
      const again = await send(path, cookie, own);
      expect(again.status).toBe(401);
      expect(cookiesOf(again)).toHaveLength(2);
    },
  );
});

describe('a session that is ended', () => {
  it('takes its token and its open streams along', async () => {
    const [here, there] = [await signIn('ada@example.org'), await signIn('ada@example.org')];
    await stack.kill('ingestion');
    const { user_id } = here;
    const { task_id } = await call(bearer(here), 'ingestListening', { user_id, time_range: 'long_term' });
    const stream = await fetch(`${stack.url}/api/tasks/${task_id}/events`, {
      headers: { authorization: `Bearer ${there.access_token}` },
    });
    const reader = stream.body?.getReader();
    const read = await reader?.read();
    expect(new TextDecoder().decode(read?.value)).toContain('PENDING');
    await call(bearer(here), 'endSession', { session_id: there.session_id });
    await eventually('it is refused', async () => (await shown(there.access_token)) === REFUSED);
    for (let next = await reader?.read(); next && !next.done; ) next = await reader?.read();
    expect(await shown(here.access_token)).toBe('200');
    await stack.restart('ingestion');
  });

  it('stays ended when Redis is emptied, and while it is away', async () => {
    const [here, there] = [await signIn('ada@example.org'), await signIn('ada@example.org')];
    await call(bearer(here), 'endSession', { session_id: there.session_id });
    await eventually('it is refused', async () => (await shown(there.access_token)) === REFUSED);
    const connection = testRedis({ ...stack.infrastructure, redisUrl: redis.url });
    await eventually('Redis is emptied', async () => (await connection.flushall()) === 'OK');
    expect(await shown(there.access_token)).toBe(REFUSED);
    await eventually('the list is whole again', async () => (await connection.exists(REVOCATIONS)) === 1);
    expect(await shown(there.access_token)).toBe(REFUSED);
    connection.disconnect();

    const third = await signIn('ada@example.org');
    await redis.kill();
    await call(bearer(here), 'endSession', { session_id: third.session_id });
    await eventually('it is refused', async () => (await shown(third.access_token)) === REFUSED);
    expect(await shown(here.access_token)).toBe('200');
    expect(await shown((await signIn('ada@example.org')).access_token)).toBe('200');
    await redis.restart();
    // Whatever it came back with, nobody gets in by it.
    for (let n = 0; n < 50; n += 1) expect(await shown(third.access_token)).toBe(REFUSED);
  });
});

describe('while parts of it are killed', () => {
  it('people stay signed in, and who was signed out stays out', async () => {
    const out = await signIn('ben@example.org');
    await call(bearer(out), 'signOut', {});
    // Without a whole list in Redis it takes up to half a second, which is as long as identity's answers are good.
    await eventually('they are out', async () => (await shown(out.access_token)) === REFUSED);
    const people = await Promise.all(
      ['ada', 'ben', 'ada', 'ben'].map((name) => signIn(`${name}@example.org`)),
    );
    const stopped = new AbortController();
    const failures = new Set<string>();
    const refreshed = people.map(() => 0);
    /** Refreshes as a client does: what was not answered, or with 503, is sent again. */
    const stay = async (person: SignedIn, at: number): Promise<void> => {
      let { refresh_token } = person;
      while (!stopped.signal.aborted) {
        const response = await fetch(`${stack.url}/api/auth/refresh`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ refresh_token }),
          signal: AbortSignal.timeout(10_000),
        }).catch(() => undefined);
        if (response?.ok) {
          const next = (await response.json()) as SignedIn;
          refresh_token = next.refresh_token;
          const me = await shown(next.access_token).catch(() => '503');
          if (me === '200') refreshed[at] = (refreshed[at] ?? 0) + 1;
          else if (!me.startsWith('503')) failures.add(`a token that was just given: ${me}`);
        } else if (response && response.status !== 503) {
          failures.add(`refresh: ${response.status} ${await response.text()}`);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const intrude = async (): Promise<void> => {
      while (!stopped.signal.aborted) {
        const answer = await shown(out.access_token).catch(() => 'nothing');
        if (answer.startsWith('200')) failures.add('somebody who signed out got in');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    /** Each of them gets on, without having signed in again. */
    const allGoOn = async (after: string): Promise<void> => {
      const before = [...refreshed];
      await eventually(
        `all refresh after ${after}`,
        async () => failures.size > 0 || refreshed.every((count, at) => count > (before[at] ?? 0)),
        60_000,
      );
    };
    const running = Promise.all([...people.map(stay), intrude()]);
    await allGoOn('the start');
    for (const part of ['identity', 'gateway', 'identity'] as const) {
      await stack.kill(part);
      await stack.restart(part);
      await allGoOn(`${part} was killed`);
    }
    await redis.kill();
    await allGoOn('Redis was killed');
    await stack.kill('identity');
    await stack.restart('identity');
    await allGoOn('identity was killed, too');
    await redis.restart();
    await allGoOn('Redis is back');
    stopped.abort();
    await running;
    expect([...failures]).toEqual([]);
  });
});

describe('the audit', () => {
  /** All of it that is of these actions, the oldest first. */
  const entries = async (query: { what: string; actor?: string; subject?: string }) => {
    const found: AnswerOf<'listAudit'> = [];
    for await (const page of pages(bearer(ada), 'listAudit', { ...query, limit: 200 })) found.push(...page);
    return found.reverse();
  };

  it('says who did what, from the first admin on', async () => {
    ada = await signIn('ada@example.org');
    const { user_id, session_id } = ada;
    await eventually('what identity recorded is there', async () => {
      const [invited, registered] = [
        await entries({ what: 'admin-invited' }),
        await entries({ what: 'admin-registered' }),
      ];
      return invited.length > 0 && registered.length > 0 && { invited, registered };
    }).then(({ invited, registered }) => {
      expect(invited).toMatchObject([{ by: 'command_line', actor: null, targets: { admin: true } }]);
      expect(registered).toMatchObject([{ by: 'anonymous', subject_user_id: user_id }]);
    });
    const [invited] = await entries({ what: 'createInvitation' });
    expect(invited).toMatchObject({
      ...{ actor_user_id: user_id, by: 'session', is_admin: true },
      ...{ targets: { admin: false }, status: 200 },
    });
    const [made] = await entries({ what: 'createApiKey', actor: user_id });
    expect(made).toMatchObject({
      by: 'session',
      targets: { scopes: ['read', 'write'], key_id: expect.any(String) },
    });
    const begun = await entries({ what: 'signIn', subject: user_id });
    expect(begun.at(-1)).toMatchObject({ actor: null, by: 'anonymous', targets: { session_id } });
    // Reading it is in it, too.
    const [read] = await entries({ what: 'listAudit' });
    expect(read).toMatchObject({ actor_user_id: user_id, credential: session_id });
  });

  it('has all that was answered, though gateways are killed meanwhile', async () => {
    const answered: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const before = answered.length;
      const making = Promise.allSettled(
        Array.from({ length: 40 }, async () => {
          const { code } = await call(bearer(ada), 'createInvitation', { admin: true });
          if (code) answered.push(round);
        }),
      );
      await eventually('some were answered', () => answered.length >= before + 3);
      await stack.kill('gateway');
      await making;
      await stack.restart('gateway');
    }
    const made = await eventually('the read model is where the log is', async () => {
      const found = (await entries({ what: 'createInvitation' })).filter(({ targets }) => targets.admin);
      return found.length >= answered.length && found;
    });
    expect(new Set(made.map(({ id }) => id)).size).toBe(made.length);
  });

  it('has counts of what is denied, and one event a minute for it', async () => {
    const store = await EventStore.open(await stack.infrastructure.connect());
    const { last } = await store.extent('AUDIT');
    const ben = await signIn('ben@example.org');
    for (let n = 0; n < 300; n += 1) {
      const headers = { authorization: `Bearer ${n % 2 === 0 ? ben.access_token : 'none'}` };
      await fetch(`${stack.url}/api/admin/audit`, { headers });
    }
    // At the latest when it stops.
    await stack.stop('gateway');
    const denied = (await store.readFiltered('AUDIT', 'audit.*.requests-denied', last)).map(
      (event) => RequestsDenied.read(event) ?? { denials: [] },
    );
    expect(denied.length).toBeLessThanOrEqual(4);
    const times = (code: string) =>
      denied
        .flatMap(({ denials }) => denials.filter((one) => one.code === code && one.what === 'listAudit'))
        .reduce((sum, one) => sum + one.times, 0);
    expect([times('FORBIDDEN'), times('UNAUTHENTICATED')]).toEqual([150, 150]);
    await stack.restart('gateway');
    expect((await store.extent('AUDIT')).last).toBeLessThan(last + 20);
  });

  it('has nothing that tells who somebody is', async () => {
    const nats = await stack.infrastructure.connect();
    const store = await EventStore.open(nats);
    const all = JSON.stringify(await store.readFiltered('AUDIT', 'audit.>'));
    for (const planted of [
      ada.user_id,
      'example.org',
      PASSWORD,
      '127.0.0.1',
      ada.refresh_token,
      'sim-access',
    ]) {
      expect(all).not.toContain(planted);
    }
  });
});
