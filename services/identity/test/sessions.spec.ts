import { removePasskey, startPasskey } from '@undertone/contracts/sign-in/passkey-rpc';
import { removeLink, startLink } from '@undertone/contracts/sign-in/provider-rpc';
import { REVOCATIONS, WHOLE } from '@undertone/contracts/sign-in/revocations';
import {
  changePassword,
  createApiKey,
  endAllSessions,
  endSession,
  listRevoked,
  listSessions,
  listSigningKeys,
} from '@undertone/contracts/sign-in/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { testRedis } from '@undertone/platform/test-kit/infrastructure';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { code, PASSWORD, People, session } from './people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

const PUBLIC_URL = 'https://undertone.example.org';

let identity: RunningIdentity;
let people: People;
beforeAll(async () => {
  identity = await runIdentity([], { PUBLIC_URL });
  people = new People(identity);
});
afterAll(() => identity.stop());

describe('an access token', () => {
  it('is a JWT as RFC 9068 has it, checked by the published keys', async () => {
    const { user_id, email } = await people.join({ admin: true });
    const { access_token, session_id } = await people.enter(email);
    expect(decodeProtectedHeader(access_token)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    const keys = createLocalJWKSet(await identity.ask(listSigningKeys, {}));
    const { payload } = await jwtVerify(access_token, keys, {
      issuer: PUBLIC_URL,
      audience: `${PUBLIC_URL}/api`,
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
    });
    expect(payload).toMatchObject({
      sub: user_id,
      sid: session_id,
      client_id: 'undertone',
      scope: 'read write admin',
      roles: ['admin'],
    });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(900);
  });

  it('is signed by a new key a minute after that is published, and the old key stays as long as its tokens', async () => {
    const { email } = await people.join();
    const kidOf = async () => decodeProtectedHeader((await people.enter(email)).access_token).kid;
    const age = (seconds: number) =>
      identity.orm.em.execute('update signing_key set created_at = created_at - make_interval(secs => ?)', [
        seconds,
      ]);
    const published = async () => (await identity.ask(listSigningKeys, {})).keys.map(({ kid }) => kid);
    const old = await kidOf();
    await age(31 * 86_400);
    await identity.restart();
    expect(await kidOf()).toBe(old);
    const [fresh, ...others] = await published();
    expect(others).toEqual([old]);
    await age(61);
    await identity.restart();
    expect(await kidOf()).toBe(fresh);
    expect(await published()).toEqual([fresh, old]);
    await age(1_900);
    await identity.restart();
    expect(await published()).toEqual([fresh]);
  });
});

/** Lets a session grow older since its token was last replaced. */
const later = (session_id: string, seconds = 61) =>
  identity.orm.em.execute(
    'update session set rotated_at = rotated_at - make_interval(secs => ?) where id = ?',
    [seconds, session_id],
  );

describe('a proof of who somebody is', () => {
  it('is fresh for a quarter of an hour after signing in, however often that is refreshed', async () => {
    const { user_id, email } = await people.join();
    const { session_id, refresh_token, access_token } = await people.enter(email);
    const freshFor = (token: string) => Number(decodeJwt(token).fresh_until) - Date.now() / 1000;
    expect(freshFor(access_token)).toBeGreaterThan(840);
    expect(freshFor(access_token)).toBeLessThanOrEqual(900);
    await identity.orm.em.execute(
      `update session set created_at = created_at - interval '16 minutes' where id = ?`,
      [session_id],
    );
    const refreshed = await people.refresh(refresh_token);
    expect(freshFor(refreshed.access_token)).toBeLessThan(0);
    // Signing in again is a session of its own.
    expect(freshFor((await people.enter(email)).access_token)).toBeGreaterThan(840);

    const stale = session(user_id, { fresh_until: Number(decodeJwt(refreshed.access_token).fresh_until) });
    const key = { user_id, name: 'late', scopes: ['read' as const], expires_in_days: 1 };
    for (const asking of [
      identity.ask(createApiKey, key, stale),
      identity.ask(startPasskey, { user_id }, stale),
      identity.ask(removePasskey, { user_id, passkey_id: newId() }, stale),
      identity.ask(startLink, { user_id, session_id, provider: 'home', return_to: '/' }, stale),
      identity.ask(removeLink, { user_id, link_id: newId() }, stale),
    ]) {
      await expect(asking).rejects.toMatchObject({ code: 'SIGN_IN_AGAIN', status: 403 });
    }
    expect((await identity.ask(listSessions, { user_id }, stale)).sessions).toHaveLength(2);
  });
});

describe('refreshing', () => {
  it('gives the same next token to two who ask at once, and logs nobody out', async () => {
    const { email } = await people.join();
    const { refresh_token } = await people.enter(email);
    const [one, two] = await Promise.all([people.refresh(refresh_token), people.refresh(refresh_token)]);
    expect(one.refresh_token).not.toBe(refresh_token);
    expect(one.refresh_token).toBe(two.refresh_token);
    expect(one.access_token).not.toBe(two.access_token);
    // The answer was lost on the way: it is asked again.
    expect((await people.refresh(refresh_token)).refresh_token).toBe(one.refresh_token);
  });

  it('replaces a token once a minute at most, so that nobody who comes in time is late', async () => {
    const { email } = await people.join();
    const first = await people.enter(email);
    const second = await people.refresh(first.refresh_token);
    expect((await people.refresh(second.refresh_token)).refresh_token).toBe(second.refresh_token);
    expect((await people.refresh(first.refresh_token)).refresh_token).toBe(second.refresh_token);
    await later(first.session_id);
    expect((await people.refresh(second.refresh_token)).refresh_token).not.toBe(second.refresh_token);
  });

  it('with a spent token ends the session, says so in the log, and ends no other one', async () => {
    const { user_id, email } = await people.join();
    const [stolen, other] = [await people.enter(email), await people.enter(email)];
    const second = await people.refresh(stolen.refresh_token);
    await later(stolen.session_id);
    const third = await people.refresh(second.refresh_token);
    for (const token of [stolen.refresh_token, third.refresh_token]) {
      await expect(people.refresh(token)).rejects.toEqual(code('SESSION_ENDED'));
    }
    const events = (await identity.events()).filter(
      ({ subject }) => subject === `identity.${user_id}.refresh-token-reused`,
    );
    expect(events.map(({ data }) => data)).toMatchObject([{ user_id, session_id: stolen.session_id }]);
    expect((await people.refresh(other.refresh_token)).session_id).toBe(other.session_id);
  });

  it('with the replaced token ends the session once a minute is over and what replaced it was shown', async () => {
    const { email } = await people.join();
    const { refresh_token, session_id } = await people.enter(email);
    const next = await people.refresh(refresh_token);
    expect((await people.refresh(next.refresh_token)).refresh_token).toBe(next.refresh_token);
    expect((await people.refresh(refresh_token)).refresh_token).toBe(next.refresh_token);
    await later(session_id);
    await expect(people.refresh(refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
    await expect(people.refresh(next.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
  });

  it('goes on where answers were lost, however long the gateway was away, also for two at once', async () => {
    const { email } = await people.join();
    const { refresh_token, session_id } = await people.enter(email);
    for (const seconds of [0, 63, 3_600, 82_800]) {
      await later(session_id, seconds);
      const [one, two] = await Promise.all([people.refresh(refresh_token), people.refresh(refresh_token)]);
      expect(one.refresh_token).toBe(two.refresh_token);
    }
    const found = await people.refresh(refresh_token);
    await later(session_id);
    const next = await people.refresh(found.refresh_token);
    await later(session_id);
    expect((await people.refresh(next.refresh_token)).session_id).toBe(session_id);
  });

  it('finds two hands behind what looked lost: when who has it shows it, and when what was replaced is shown again', async () => {
    const { user_id, email } = await people.join();
    for (const shows of ['lost', 'replaced'] as const) {
      const { refresh_token: replaced, session_id } = await people.enter(email);
      const lost = (await people.refresh(replaced)).refresh_token;
      await later(session_id);
      const found = (await people.refresh(replaced)).refresh_token;
      expect(found).not.toBe(lost);
      await later(session_id);
      const { refresh_token: last } = await people.refresh(found);
      const shown = shows === 'lost' ? lost : replaced;
      for (const token of [shown, last]) {
        await expect(people.refresh(token)).rejects.toEqual(code('SESSION_ENDED'));
      }
    }
    const subject = `identity.${user_id}.refresh-token-reused`;
    expect((await identity.events()).filter((event) => event.subject === subject)).toHaveLength(2);
  });

  it('takes an answer for lost for a day, ten times in a row', async () => {
    const { email } = await people.join();
    const [once, often] = [await people.enter(email), await people.enter(email)];
    await people.refresh(once.refresh_token);
    await later(once.session_id, 86_401);
    await expect(people.refresh(once.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
    for (let n = 0; n <= 10; n += 1) {
      await people.refresh(often.refresh_token);
      await later(often.session_id);
    }
    await expect(people.refresh(often.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
  });

  it('does not go through a chain without an end', async () => {
    const { email } = await people.join();
    const { session_id, refresh_token } = await people.enter(email);
    await identity.orm.em.execute('update session set rotations = 2000000000 where id = ?', [session_id]);
    await expect(people.refresh(`${session_id}.${'A'.repeat(43)}`)).rejects.toEqual(code('SESSION_ENDED'));
    expect((await people.refresh(refresh_token)).session_id).toBe(session_id);
  });

  it('with what somebody made up ends nothing', async () => {
    const { email } = await people.join();
    const { refresh_token, session_id } = await people.enter(email);
    for (const token of [
      'x',
      `${'a'.repeat(36)}.${'A'.repeat(43)}`,
      `${session_id}.${'A'.repeat(43)}`,
      `${newId()}.${'A'.repeat(43)}`,
    ]) {
      await expect(people.refresh(token)).rejects.toEqual(code('SESSION_ENDED'));
    }
    expect((await people.refresh(refresh_token)).session_id).toBe(session_id);
  });

  it.each([
    ['unused for 30 days', 'rotated_at'],
    ['180 days old', 'created_at'],
  ])('ends with a session that is %s', async (_, column) => {
    const { email } = await people.join();
    const { refresh_token, session_id } = await people.enter(email);
    const days = column === 'rotated_at' ? 30 : 180;
    await identity.orm.em.execute(
      `update session set ${column} = ${column} - make_interval(days => ?) where id = ?`,
      [days, session_id],
    );
    await expect(people.refresh(refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
  });
});

describe('sessions', () => {
  it('are listed by device and ended one by one, or all', async () => {
    const { user_id, email } = await people.join();
    const [first, second, third] = [
      await people.enter(email),
      await people.enter(email),
      await people.enter(email),
    ];
    const me = session(user_id);
    const list = async () =>
      (await identity.ask(listSessions, { user_id, current: third.session_id }, me)).sessions;
    expect(await list()).toMatchObject([
      { session_id: third.session_id, device: 'laptop', current: true },
      { session_id: second.session_id, current: false },
      { session_id: first.session_id, current: false },
    ]);
    await identity.ask(endSession, { user_id, session_id: second.session_id }, me);
    await expect(people.refresh(second.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
    expect(await list()).toHaveLength(2);
    expect(await identity.ask(endAllSessions, { user_id }, me)).toEqual({ ended: 2 });
    expect(await list()).toEqual([]);
    const ids = [first.session_id, third.session_id, newId()];
    expect(await identity.ask(listRevoked, { ids })).toEqual({ revoked: ids });
  });

  it('are believed to go on for less than a second where only this service has lost Redis', async () => {
    const { user_id, email } = await people.join();
    const { session_id } = await people.enter(email);
    const redis = testRedis(identity.infrastructure);
    const { username } = new URL(identity.environment.REDIS_URL ?? '');
    const isListed = async () => (await redis.zscore(REVOCATIONS, session_id)) !== null;
    await eventually('the list is there', async () => (await redis.exists(REVOCATIONS)) === 1);
    await redis.call('acl', 'setuser', username, 'off');
    try {
      await redis.call('client', 'kill', 'user', username);
      await identity.ask(endSession, { user_id, session_id }, session(user_id));
      const [seconds, microseconds] = await redis.time();
      expect(await isListed()).toBe(false);
      const until = Number(await redis.zscore(REVOCATIONS, WHOLE));
      expect(until).toBeLessThan(Number(seconds) + Number(microseconds) / 1e6 + 1);
    } finally {
      await redis.call('acl', 'setuser', username, 'on');
    }
    await eventually('it is listed', isListed);
    redis.disconnect();
  });

  it('of somebody else are not there', async () => {
    const { email } = await people.join();
    const { user_id } = await people.join();
    const { session_id } = await people.enter(email);
    const other = identity.ask(endSession, { user_id, session_id }, session(user_id));
    await expect(other).rejects.toEqual(code('SESSION_NOT_FOUND'));
  });

  it('end with a changed password, but for the one that changed it', async () => {
    const { user_id, email } = await people.join();
    const [here, there] = [await people.enter(email), await people.enter(email)];
    const change = (current_password: string, new_password: string) =>
      identity.ask(
        changePassword,
        { user_id, current_password, new_password, current: here.session_id, address: 'a' },
        session(user_id),
      );
    await expect(change('wrong', 'violet harbour comet 3')).rejects.toEqual(code('SIGN_IN_FAILED'));
    await expect(change(PASSWORD, 'password1')).rejects.toEqual(code('INVALID_INPUT'));
    expect(await change(PASSWORD, 'violet harbour comet 3')).toEqual({ ended: 1 });
    expect((await people.refresh(here.refresh_token)).user_id).toBe(user_id);
    await expect(people.refresh(there.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
    await expect(people.enter(email)).rejects.toEqual(code('SIGN_IN_FAILED'));
    expect((await people.enter(email, 'violet harbour comet 3')).user_id).toBe(user_id);
  });

  it('do not begin with a password that was just changed', async () => {
    const { user_id, email } = await people.join();
    const passwords = [PASSWORD, 'violet harbour comet 3', 'amber tundra spoon 5'];
    for (const [at, current_password] of passwords.slice(0, -1).entries()) {
      const new_password = passwords[at + 1] ?? '';
      const question = { user_id, current_password, new_password, address: 'a' };
      const enter = (n: number) => people.enter(email, current_password, `198.51.100.${n}`);
      const before = Promise.allSettled(Array.from({ length: 6 }, (_, n) => enter(n)));
      const change = identity.ask(changePassword, question, session(user_id));
      const beside = Promise.allSettled(Array.from({ length: 6 }, (_, n) => enter(10 + n)));
      await change;
      for (const one of [...(await before), ...(await beside)]) {
        if (one.status === 'rejected') continue;
        await expect(people.refresh(one.value.refresh_token)).rejects.toEqual(code('SESSION_ENDED'));
      }
    }
  });
});
