import type { Principal } from '@undertone/contracts/access/principal';
import { changePreferences, getProfile } from '@undertone/contracts/identity/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badFields } from './client.js';
import { exampleProfile } from './examples.js';
import { type CalledGateway, startCalled, startSystem, type TestSystem } from './system.js';

const ada = newId();
const profile = exampleProfile(ada);

let system: TestSystem;
let signedIn: CalledGateway;
beforeAll(async () => {
  system = await startSystem();
  const principal: Principal = {
    who: { kind: 'user', user_id: ada },
    roles: [],
    scopes: ['read', 'write'],
    authenticated_by: 'session',
  };
  signedIn = await startCalled(system.environment, async () => ({ caller: principal }));
  await system.behind.answer(getProfile, ({ user_id }) => ({ ...profile, user_id }));
  await system.behind.answer(changePreferences, ({ user_id, changes }) => {
    const kept = Object.entries(changes).filter(([, value]) => value !== undefined);
    return { ...profile, user_id, ...Object.fromEntries(kept) };
  });
});
afterAll(async () => {
  await signedIn?.close();
  await system?.stop();
});

describe('/api/users/me', () => {
  it('is whoever is signed in', async () => {
    expect(await signedIn.call('getProfile')).toEqual(profile);
    const changes = { tone_mode: 'direct', run_hours: { from: 22, to: 6 } } as const;
    expect(await signedIn.call('changePreferences', changes)).toEqual({ ...profile, ...changes });
  });

  it('is nobody else', async () => {
    const user_id = newId();
    const refused = { status: 404, code: 'USER_NOT_FOUND' };
    await expect(signedIn.call('getProfile', { user_id })).rejects.toMatchObject(refused);
    const changing = signedIn.call('changePreferences', { user_id, tone_mode: 'direct' });
    await expect(changing).rejects.toMatchObject(refused);
  });

  it('has to be named in open mode', async () => {
    const refused = { status: 422, errors: [{ path: 'user_id' }] };
    await expect(system.call('getProfile')).rejects.toMatchObject(refused);
    await expect(system.call('changePreferences', { tone_mode: 'direct' })).rejects.toMatchObject(refused);
    const user_id = newId();
    expect(await system.call('getProfile', { user_id })).toEqual({ ...profile, user_id });
  });

  it('takes no preference that it does not know', async () => {
    const json = { tone_mode: 'shouting', favourite_colour: 'green', run_hours: { from: 25, to: 3 } };
    const reply = await signedIn.send('PATCH', '/api/users/me', { json });
    expect(badFields(reply)).toEqual(['favourite_colour', 'run_hours.from', 'tone_mode']);
  });

  it('is changed once for an Idempotency-Key, however late it comes again', async () => {
    let kept: { tone_mode?: string | null } = {};
    await system.behind.answer(changePreferences, ({ user_id, changes }) => {
      kept = { ...kept, tone_mode: changes.tone_mode ?? null };
      return { ...profile, user_id, tone_mode: changes.tone_mode ?? null };
    });
    await system.behind.answer(getProfile, ({ user_id }) => ({
      ...profile,
      user_id,
      tone_mode: 'neutral' as const,
    }));
    const change = (tone_mode: 'direct' | 'neutral', idempotencyKey?: string) =>
      signedIn.call('changePreferences', { tone_mode }, idempotencyKey ? { idempotencyKey } : {});
    await change('direct', 'first');
    await change('neutral');
    expect(await change('direct', 'first')).toMatchObject({ tone_mode: 'neutral' });
    expect(kept).toEqual({ tone_mode: 'neutral' });
  });

  it('is changed by a repeat where the first try was broken off', async () => {
    await system.behind.silence(changePreferences);
    const change = () =>
      signedIn.call('changePreferences', { tone_mode: 'direct' }, { idempotencyKey: 'broken off' });
    await expect(change()).rejects.toMatchObject({ status: 503 });
    await system.behind.answer(changePreferences, ({ user_id }) => ({
      ...profile,
      user_id,
      tone_mode: 'direct' as const,
    }));
    expect(await change()).toMatchObject({ tone_mode: 'direct' });
  });

  it('refuses an Idempotency-Key that named another change', async () => {
    const once = { idempotencyKey: 'once' };
    await signedIn.call('changePreferences', { language: 'de' }, once);
    const other = signedIn.call('changePreferences', { language: 'en' }, once);
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });
});
