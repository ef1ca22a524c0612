import { localOperator, type Principal } from '@undertone/contracts/access/principal';
import type { Calendar } from '@undertone/contracts/identity/calendar';
import {
  changePreferences,
  getProfile,
  listCalendars,
  listUsers,
  registerUser,
  userExists,
} from '@undertone/contracts/identity/rpc';
import { UserRegistered } from '@undertone/contracts/identity/user-registered';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPerson } from '../src/users/personal-data.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

let identity: RunningIdentity;
beforeAll(async () => {
  identity = await runIdentity();
});
afterAll(() => identity.stop());

let count = 0;
const person = (changed: object = {}) => {
  count += 1;
  return {
    spotify_user_id: `listener-${count}`,
    display_name: `Ada № ${count}`,
    email: `ada.${count}@example.org`,
    ...changed,
  };
};
const eventsOf = async (userId: string) =>
  (await identity.events()).filter(({ subject }) => subject.startsWith(`identity.${userId}.`));

/** The address that is stored of a user, if any. */
async function addressOf(userId: string): Promise<string | undefined> {
  const encryption = new FieldEncryption(identity.environment.FIELD_ENCRYPTION_KEY ?? '');
  const [row] = await identity.orm.em.execute<Parameters<typeof openPerson>[1][]>(
    `select id, spotify_user_id as "spotifyUserId", display_name as "displayName", email
     from registered_user where id = ?`,
    [userId],
  );
  if (!row) throw new Error('there is no such row');
  return openPerson(encryption, row).email;
}

describe('all users', () => {
  it('are listed page by page, each once', async () => {
    for (let more = 0; more < 3; more += 1) await identity.ask(registerUser, person());
    const all = await identity.orm.em.execute('select id from registered_user order by id');
    const first = await identity.ask(listUsers, { limit: 2 });
    expect(first.total).toBe(all.length);
    const listed = [...first.user_ids];
    for (let page = first.user_ids; page.length === 2; ) {
      const next = await identity.ask(listUsers, { limit: 2, after: listed.at(-1) });
      expect(next.total).toBeUndefined();
      page = next.user_ids;
      listed.push(...page);
    }
    expect(listed).toEqual(all.map(({ id }) => id));
  });
});

describe('people’s calendars', () => {
  it('are told each once, and whose they are is listed by them, page by page', async () => {
    const register = async (chosen: object) => {
      const { user_id } = await identity.ask(registerUser, person());
      await identity.ask(changePreferences, { user_id, changes: chosen });
      return user_id;
    };
    const [a, b, c] = [
      await register({ time_zone: 'Asia/Kathmandu' }),
      await register({ time_zone: 'Asia/Kathmandu', first_day_of_week: 'monday' }),
      await register({ first_day_of_week: 'friday' }),
    ];
    const { calendars } = await identity.ask(listCalendars, {});
    const kathmandu = { time_zone: 'Asia/Kathmandu' } as const;
    expect(calendars).toEqual([
      { ...kathmandu, first_day_of_week: 'monday' },
      { ...kathmandu, first_day_of_week: null },
      { time_zone: null, first_day_of_week: 'friday' },
    ]);
    const listed = async (of: Calendar) => (await identity.ask(listUsers, { limit: 1_000, of })).user_ids;
    expect(await listed(kathmandu)).toEqual([a, b]);
    expect(await identity.ask(listUsers, { limit: 1, of: kathmandu })).toEqual({ user_ids: [a], total: 2 });
    expect(await listed({ ...kathmandu, first_day_of_week: null })).toEqual([a]);
    expect(await listed({ time_zone: null, first_day_of_week: 'friday' })).toEqual([c]);
    const without = await listed({ time_zone: null, first_day_of_week: null });
    for (const chosen of [a, b, c]) expect(without).not.toContain(chosen);
    expect(without.length).toBeGreaterThan(0);
  });
});

describe('a person who is registered', () => {
  const session = (user_id: string): Principal => ({
    who: { kind: 'user', user_id },
    roles: [],
    scopes: ['read', 'write'],
    authenticated_by: 'session',
  });

  it.each([
    ['somebody else', session(newId())],
    ['an admin', { ...session(newId()), roles: ['admin'] } satisfies Principal],
  ])('is not registered again by %s, nor changed', async (_who, caller) => {
    const given = person();
    const user = await identity.ask(registerUser, given);
    const again = identity.ask(registerUser, { ...given, display_name: 'Mallory' }, caller);
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_REGISTERED', status: 409 });
    expect(await identity.ask(getProfile, { user_id: user.user_id })).toMatchObject({
      display_name: given.display_name,
    });
  });

  it.each([
    ['themselves', session],
    ['the local operator', () => localOperator],
  ])('may be changed by %s', async (_who, callerOf) => {
    const given = person();
    const { user_id } = await identity.ask(registerUser, given, localOperator);
    const renamed = { ...given, display_name: 'Ada L.' };
    expect(await identity.ask(registerUser, renamed, callerOf(user_id))).toMatchObject({
      user_id,
      display_name: 'Ada L.',
    });
  });

  it('is not changed with a credential that may only read', async () => {
    const given = person();
    const { user_id } = await identity.ask(registerUser, given);
    const reader = { ...session(user_id), scopes: ['read'] } satisfies Principal;
    const again = identity.ask(registerUser, { ...given, display_name: 'Other' }, reader);
    await expect(again).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
    expect(await identity.ask(getProfile, { user_id })).toMatchObject({ display_name: given.display_name });
  });

  it('stays as they are where that is asked for', async () => {
    const given = person();
    const { user_id } = await identity.ask(registerUser, given);
    const again = { ...given, display_name: 'Earlier', time_zone: 'Asia/Kolkata', unchanged: true } as const;
    expect(await identity.ask(registerUser, again)).toMatchObject({
      user_id,
      display_name: given.display_name,
      time_zone: null,
    });
  });
});

describe('registering', () => {
  it('gives a user and says so in the log', async () => {
    const given = person();
    const user = await identity.ask(registerUser, given);
    expect(user).toMatchObject({
      spotify_user_id: given.spotify_user_id,
      display_name: given.display_name,
    });
    const events = await eventsOf(user.user_id);
    expect(events).toMatchObject([
      {
        id: derivedId(user.user_id, 'registered'),
        subject: `identity.${user.user_id}.user-registered`,
        source: '/undertone/identity',
        time: user.created_at,
      },
    ]);
    expect(events.map((event) => UserRegistered.read(event))).toEqual([
      { user_id: user.user_id, registered_at: user.created_at },
    ]);
    const [row] = await identity.orm.em.execute('select * from registered_user where id = ?', [user.user_id]);
    expect(Number(row?.registered_sequence)).toBe(events[0]?.sequence);
  });

  it('gives the same person the same user, and takes a new name and address', async () => {
    const given = person();
    const first = await identity.ask(registerUser, given);
    const before = await identity.orm.em.execute('select * from registered_user where id = ?', [
      first.user_id,
    ]);
    const same = await identity.ask(registerUser, given);
    expect(same).toEqual(first);
    const unchanged = await identity.orm.em.execute('select * from registered_user where id = ?', [
      first.user_id,
    ]);
    expect(unchanged).toEqual(before);

    const renamed = { ...given, display_name: 'Ada L.', email: 'ada@elsewhere.example' };
    expect(await identity.ask(registerUser, renamed)).toEqual({ ...first, display_name: 'Ada L.' });
    const [after] = await identity.orm.em.execute('select * from registered_user where id = ?', [
      first.user_id,
    ]);
    expect(after?.email).not.toBe(before[0]?.email);
    expect(await eventsOf(first.user_id)).toHaveLength(1);
  });

  it('takes a person without an address, and keeps the one that is given later', async () => {
    const { email, ...given } = person();
    const { user_id } = await identity.ask(registerUser, given);
    expect(await addressOf(user_id)).toBeUndefined();
    await identity.ask(registerUser, { ...given, email });
    expect(await addressOf(user_id)).toBe(email);
    for (const display_name of [given.display_name, 'Ada L.']) {
      expect((await identity.ask(registerUser, { ...given, display_name })).user_id).toBe(user_id);
      expect(await addressOf(user_id)).toBe(email);
    }
    expect(await eventsOf(user_id)).toHaveLength(1);
  });

  it('keeps the time zone, until the person gives another one', async () => {
    const given = person();
    const zone = async (changed: object) => {
      const user = await identity.ask(registerUser, { ...given, ...changed });
      const known = await identity.ask(userExists, { user_id: user.user_id });
      expect(known).toMatchObject({ exists: true, time_zone: user.time_zone });
      return user.time_zone;
    };
    expect(await zone({})).toBeNull();
    expect(await zone({ time_zone: 'Asia/Kolkata' })).toBe('Asia/Kolkata');
    expect(await zone({})).toBe('Asia/Kolkata');
    expect(await zone({ time_zone: 'America/St_Johns' })).toBe('America/St_Johns');
  });

  it('makes one user of ten registrations at once', async () => {
    const given = person();
    const users = await Promise.all(Array.from({ length: 10 }, () => identity.ask(registerUser, given)));
    expect(new Set(users.map(({ user_id }) => user_id)).size).toBe(1);
    expect(await eventsOf(users[0]?.user_id ?? '')).toHaveLength(1);
  });

  it('keeps people apart who register at once', async () => {
    const users = await Promise.all(
      Array.from({ length: 10 }, () => identity.ask(registerUser, person({ display_name: 'Sam' }))),
    );
    expect(new Set(users.map(({ user_id }) => user_id)).size).toBe(10);
  });

  it.each([
    ['no name', { display_name: ' ' }],
    ['no address', { email: 'nowhere' }],
    ['a time zone that is none', { time_zone: 'Mars/Olympus' }],
    ['a field it does not know', { password: 'secret' }],
  ])('refuses %s, and writes nothing', async (_case, changed) => {
    const rows = async () => identity.orm.em.execute('select count(*) from registered_user');
    const before = await rows();
    await expect(identity.ask(registerUser, person(changed))).rejects.toMatchObject({
      name: 'Refused',
      code: 'BAD_QUESTION',
      status: 422,
    });
    expect(await rows()).toEqual(before);
  });
});

describe('asking whether a user exists', () => {
  it('knows those who registered, and no others', async () => {
    const { user_id } = await identity.ask(registerUser, person());
    expect(await identity.ask(userExists, { user_id })).toEqual({
      exists: true,
      time_zone: null,
      tone_mode: null,
      first_day_of_week: null,
    });
    expect(await identity.ask(userExists, { user_id: newId() })).toEqual({
      exists: false,
      time_zone: null,
      tone_mode: null,
      first_day_of_week: null,
    });
    await expect(identity.ask(userExists, { user_id: 'ada' })).rejects.toMatchObject({
      code: 'BAD_QUESTION',
    });
  });
});

describe('registering while sign-in is off', () => {
  it.each([
    ['spotify_user_id', { display_name: 'Ada' }],
    ['password', { spotify_user_id: 'ada', display_name: 'Ada', password: 'copper lantern waltz 7' }],
    ['invitation', { spotify_user_id: 'ada', display_name: 'Ada', invitation: 'a-code' }],
  ])('goes by the account at Spotify and nothing else: %s', async (path, given) => {
    await expect(identity.ask(registerUser, given, localOperator)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ path }],
    });
  });
});
