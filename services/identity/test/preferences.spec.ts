import { changePreferences, getProfile, registerUser, userExists } from '@undertone/contracts/identity/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningIdentity, runIdentity } from './running-identity.js';

let identity: RunningIdentity;
beforeAll(async () => {
  identity = await runIdentity();
});
afterAll(() => identity.stop());

const registered = async (name: string, changed: object = {}) => {
  const person = { spotify_user_id: name, display_name: name, email: `${name}@example.org` };
  const user = await identity.ask(registerUser, { ...person, ...changed });
  // What one is known by who chose nothing.
  return { ...user, handle: `listener_${user.user_id.slice(-12)}` };
};
const change = (user_id: string, changes: object) => identity.ask(changePreferences, { user_id, changes });

const nothingChosen = {
  time_zone: null,
  language: null,
  first_day_of_week: null,
  run_hours: null,
  tone_mode: null,
};
const choices = {
  time_zone: 'Asia/Kolkata',
  language: 'pt-BR',
  first_day_of_week: 'sunday',
  run_hours: { from: 22, to: 6 },
  tone_mode: 'playful',
};

describe('preferences', () => {
  it('are none at first', async () => {
    const user = await registered('ada');
    expect(await identity.ask(getProfile, { user_id: user.user_id })).toEqual({ ...user, ...nothingChosen });
  });

  it('are changed one by one, all at once, and taken back', async () => {
    const user = await registered('ben');
    const one = { ...user, ...nothingChosen, tone_mode: 'direct' };
    expect(await change(user.user_id, { tone_mode: 'direct' })).toEqual(one);
    expect(await change(user.user_id, {})).toEqual(one);
    expect(await change(user.user_id, choices)).toEqual({ ...user, ...choices });
    expect(await identity.ask(getProfile, { user_id: user.user_id })).toEqual({ ...user, ...choices });
    expect(await identity.ask(userExists, { user_id: user.user_id })).toEqual({
      exists: true,
      time_zone: 'Asia/Kolkata',
      tone_mode: 'playful',
      first_day_of_week: 'sunday',
    });
    expect(await change(user.user_id, nothingChosen)).toEqual({ ...user, ...nothingChosen });
  });

  it('show a zone that an earlier release stored, and tell others one that can be counted in', async () => {
    const { user_id } = await registered('flo');
    const stored = [
      ['US/Pacific-New', 'America/Los_Angeles'],
      ['SystemV/EST5', 'America/Panama'],
      ['PST', 'America/Los_Angeles'],
      ['Europe/Kyiv', 'Europe/Kyiv'],
    ] as const;
    for (const [given, counted] of stored) {
      await identity.orm.em.execute('update registered_user set time_zone = ? where id = ?', [
        given,
        user_id,
      ]);
      expect(await identity.ask(getProfile, { user_id })).toMatchObject({ time_zone: given });
      expect(await change(user_id, { language: 'de' })).toMatchObject({ time_zone: given });
      expect(await identity.ask(userExists, { user_id })).toMatchObject({ time_zone: counted });
    }
    await expect(change(user_id, { time_zone: 'PST' })).rejects.toMatchObject({ code: 'BAD_QUESTION' });
    await expect(registered('flo', { time_zone: 'PST' })).rejects.toMatchObject({ code: 'BAD_QUESTION' });
  });

  it('stay when the person registers again, but for a time zone that comes with it', async () => {
    const { user_id } = await registered('cleo');
    await change(user_id, choices);
    await registered('cleo');
    expect(await identity.ask(getProfile, { user_id })).toMatchObject(choices);
    await registered('cleo', { time_zone: 'Europe/Berlin' });
    expect(await identity.ask(getProfile, { user_id })).toMatchObject({
      ...choices,
      time_zone: 'Europe/Berlin',
    });
  });

  it('of one person change nothing of another', async () => {
    const [dan, eve] = [await registered('dan'), await registered('eve')];
    await change(dan.user_id, choices);
    expect(await identity.ask(getProfile, { user_id: eve.user_id })).toEqual({ ...eve, ...nothingChosen });
  });

  it('changed at once are all there', async () => {
    const { user_id } = await registered('fay');
    await Promise.all(Object.entries(choices).map(([name, value]) => change(user_id, { [name]: value })));
    expect(await identity.ask(getProfile, { user_id })).toMatchObject(choices);
  });

  it('name a language in its canonical spelling', async () => {
    const { user_id } = await registered('gus');
    expect(await change(user_id, { language: 'ZH-hans-cn' })).toMatchObject({ language: 'zh-Hans-CN' });
  });

  it.each([
    [{ time_zone: 'Mars/Olympus' }, 'changes.time_zone'],
    [{ language: 'not a language' }, 'changes.language'],
    [{ first_day_of_week: 'someday' }, 'changes.first_day_of_week'],
    [{ run_hours: { from: 22 } }, 'changes.run_hours.to'],
    [{ run_hours: { from: 0, to: 24 } }, 'changes.run_hours.to'],
    [{ tone_mode: 'shouting' }, 'changes.tone_mode'],
  ])('%j is refused, and nothing of it is kept', async (wrong, path) => {
    const { user_id } = await registered('hal');
    const refused = change(user_id, { ...choices, ...wrong });
    await expect(refused).rejects.toMatchObject({ code: 'BAD_QUESTION', errors: [{ path }] });
    expect(await identity.ask(getProfile, { user_id })).toMatchObject(nothingChosen);
  });

  it('of nobody are refused', async () => {
    const nobody = { code: 'USER_NOT_FOUND', status: 404 };
    await expect(identity.ask(getProfile, { user_id: newId() })).rejects.toMatchObject(nobody);
    await expect(change(newId(), choices)).rejects.toMatchObject(nobody);
  });
});

describe('a handle', () => {
  it('is given at first, and then chosen, whatever its case', async () => {
    const { user_id, handle } = await registered('hal');
    expect(await identity.ask(getProfile, { user_id })).toMatchObject({ handle });
    expect(await change(user_id, { handle: ' Hal_9000 ' })).toMatchObject({ handle: 'hal_9000' });
    expect(await change(user_id, { language: 'de' })).toMatchObject({ handle: 'hal_9000' });
    expect(await change(user_id, { handle: 'hal_9000' })).toMatchObject({ handle: 'hal_9000' });
  });

  it('is one person’s, however many want it at once, and free again when it is given up', async () => {
    const people = await Promise.all(['ida', 'jon', 'kim'].map((name) => registered(name)));
    const tries = await Promise.allSettled(
      people.map(({ user_id }) => change(user_id, { handle: 'wanted' })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(refused).toEqual(['HANDLE_TAKEN', 'HANDLE_TAKEN']);
    const winner = people[tries.findIndex(({ status }) => status === 'fulfilled')];
    const other = people.find((one) => one !== winner);
    await change(winner?.user_id ?? '', { handle: 'given_up' });
    expect(await change(other?.user_id ?? '', { handle: 'wanted' })).toMatchObject({ handle: 'wanted' });
  });

  it.each(['ab', '_ada', 'ada_', 'Ada Lovelace', 'listener_ada', 'ädä', 'a'.repeat(31)])(
    'is not "%s"',
    async (handle) => {
      const { user_id } = await registered('lea');
      await expect(change(user_id, { handle })).rejects.toMatchObject({ code: 'BAD_QUESTION' });
    },
  );

  it('is stored encrypted, and in no event', async () => {
    const { user_id } = await registered('max');
    await change(user_id, { handle: 'very_private' });
    const rows = await identity.orm.em.execute('select * from registered_user');
    expect(JSON.stringify([rows, await identity.events()])).not.toContain('very_private');
  });
});
