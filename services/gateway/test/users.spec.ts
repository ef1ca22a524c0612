import type { Principal } from '@undertone/contracts/access/principal';
import { changePreferences, getProfile } from '@undertone/contracts/identity/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewaySettings } from '../src/settings.js';
import { type RunningGateway, startGateway } from '../src/start-gateway.js';
import { badFields, client, problemOf, type Send } from './client.js';
import { conforms } from './conforms.js';
import { startSystem, type TestSystem } from './system.js';

const ada = newId();
const profile = {
  user_id: ada,
  spotify_user_id: 'ada',
  display_name: 'Ada',
  time_zone: null,
  language: null,
  first_day_of_week: null,
  run_hours: null,
  tone_mode: null,
  created_at: '2026-11-23T10:00:00Z',
};

let system: TestSystem;
let signedIn: RunningGateway & { send: Send };
beforeAll(async () => {
  system = await startSystem();
  const principal: Principal = {
    who: { kind: 'user', user_id: ada },
    roles: [],
    scopes: ['read', 'write'],
    authenticated_by: 'session',
  };
  const environment = { ...system.infrastructure.environment('none'), AUTH_MODE: 'open' };
  const settings = loadSettings('gateway', gatewaySettings, environment);
  const gateway = await startGateway(settings, async () => principal);
  signedIn = { ...gateway, send: client(gateway.url) };
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
    const read = await signedIn.send('GET', '/api/users/me');
    conforms('getProfile', read);
    expect(read.body).toEqual(profile);
    const json = { tone_mode: 'direct', run_hours: { from: 22, to: 6 } };
    const changed = await signedIn.send('PATCH', '/api/users/me', { json });
    conforms('changePreferences', changed);
    expect(changed.body).toEqual({ ...profile, ...json });
  });

  it('is nobody else', async () => {
    const user_id = newId();
    const sent = [
      signedIn.send('GET', '/api/users/me', { query: { user_id } }),
      signedIn.send('PATCH', '/api/users/me', { json: { user_id, tone_mode: 'direct' } }),
    ];
    for (const reply of await Promise.all(sent)) {
      expect(problemOf(reply)).toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
    }
  });

  it('has to be named in open mode', async () => {
    expect(badFields(await system.send('GET', '/api/users/me'))).toEqual(['user_id']);
    const json = { tone_mode: 'direct' };
    expect(badFields(await system.send('PATCH', '/api/users/me', { json }))).toEqual(['user_id']);
    const user_id = newId();
    const named = await system.send('GET', '/api/users/me', { query: { user_id } });
    expect(named.body).toEqual({ ...profile, user_id });
  });

  it('takes no preference that it does not know', async () => {
    const json = { tone_mode: 'shouting', favourite_colour: 'green', run_hours: { from: 25, to: 3 } };
    const reply = await signedIn.send('PATCH', '/api/users/me', { json });
    expect(badFields(reply)).toEqual(['favourite_colour', 'run_hours.from', 'tone_mode']);
  });

  it('refuses an Idempotency-Key that named another change', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await signedIn.send('PATCH', '/api/users/me', { json: { language: 'de' }, headers });
    expect(first.status).toBe(200);
    const other = await signedIn.send('PATCH', '/api/users/me', { json: { language: 'en' }, headers });
    expect(problemOf(other)).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });
});
