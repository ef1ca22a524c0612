import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Principal } from '@undertone/contracts/access/principal';
import { changePreferences, getProfile } from '@undertone/contracts/identity/rpc';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import { beginExport, getArchive, getExport } from '@undertone/contracts/personal-data/personal-export';
import { objectBucket } from '@undertone/contracts/streams';
import { sealStream } from '@undertone/platform/crypto/sealed-stream';
import { newId } from '@undertone/platform/ids/ids';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { NatsObjectStorage } from '@undertone/platform/objects/nats-object-storage';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badFields, problemOf } from './client.js';
import { conforms } from './conforms.js';
import { exampleExport, exampleProfile } from './examples.js';
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
    fresh_until: Math.floor(Date.now() / 1000) + 600,
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

describe('an export', () => {
  const code = 'x'.repeat(43);
  const path = `/api/exports/${code}`;
  let storage: NatsObjectStorage;
  const data = randomBytes(300_000);
  let archive: ObjectReference;
  beforeAll(async () => {
    storage = await NatsObjectStorage.open(system.nats);
    archive = await storage.put(`exports/${ada}/1`, sealStream(Readable.from([data]), code), 1_000_000);
    await system.behind.answer(beginExport, () => ({ task_id: ada }));
    await system.behind.answer(getExport, ({ user_id }) => exampleExport(user_id));
    await system.behind.answer(getArchive, () => ({ archive, file_name: 'all.zip', user_id: ada }));
  });

  it('is of whoever is signed in, and has to be named in open mode', async () => {
    expect((await signedIn.call('startExport')).task_id).toBe(ada);
    expect((await signedIn.call('getExport')).export_id).toBe(ada);
    const refused = { status: 422, errors: [{ path: 'user_id' }] };
    await expect(system.call('startExport')).rejects.toMatchObject(refused);
    await expect(system.call('getExport')).rejects.toMatchObject(refused);
    await expect(signedIn.call('startExport', { user_id: newId() })).rejects.toMatchObject({
      code: 'USER_NOT_FOUND',
    });
  });

  it('is begun once for an Idempotency-Key, though it be done when that comes again', async () => {
    const idempotencyKey = newId();
    const before = system.behind.asked(beginExport);
    for (let times = 0; times < 3; times += 1) {
      expect((await system.call('startExport', { user_id: ada }, { idempotencyKey })).task_id).toBe(ada);
    }
    expect(system.behind.asked(beginExport)).toBe(before + 1);
  });

  it('comes as a file that a browser saves and nobody keeps', async () => {
    const response = await fetch(new URL(path, system.url));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/zip',
      'content-length': '300000',
      'content-disposition': 'attachment; filename="all.zip"',
      'cache-control': 'no-store',
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(data)).toBe(true);
    const head = await fetch(new URL(path, system.url), { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '300000', '']);
  });

  it('is in the audit with whose it is, and without what is in its link', async () => {
    await fetch(new URL(path, system.url)).then((response) => response.arrayBuffer());
    const told = JSON.stringify(await system.store.readFiltered('AUDIT', 'audit.>'));
    expect(told).toContain(`"what":"downloadExport"`);
    expect(told).toContain(pseudonymOf(ada));
    expect(told).not.toContain(code);
  });

  it.each([
    ['expired', 'EXPORT_EXPIRED', 410],
    ['unknown', 'EXPORT_NOT_FOUND', 404],
  ] as const)('whose link is %s is refused', async (_, refusal, status) => {
    await system.behind.answer(getArchive, () => {
      throw new Refused(refusal, 'no');
    });
    const reply = await system.send('GET', path);
    conforms('downloadExport', reply);
    expect(problemOf(reply)).toMatchObject({ status, code: refusal });
  });

  it('that was deleted at this moment has expired, and one that is cut short does not end well', async () => {
    const gone = { ...archive, key: `exports/${ada}/gone` };
    await system.behind.answer(getArchive, () => ({ archive: gone, file_name: 'all.zip', user_id: ada }));
    const reply = await system.send('GET', path);
    conforms('downloadExport', reply);
    expect(problemOf(reply)).toMatchObject({ status: 410, code: 'EXPORT_EXPIRED' });

    await system.behind.answer(getArchive, () => ({ archive, file_name: 'all.zip', user_id: ada }));
    const { streams } = system.store.manager;
    const last = await streams.getMessage(`OBJ_${objectBucket}`, { last_by_subj: `$O.${objectBucket}.C.>` });
    await streams.deleteMessage(`OBJ_${objectBucket}`, last?.seq ?? 0);
    const cut = await fetch(new URL(path, system.url));
    expect(cut.status).toBe(200);
    await expect(cut.arrayBuffer()).rejects.toThrow();
  });

  it('has a link of its own form', async () => {
    expect(badFields(await system.send('GET', '/api/exports/short'))).toEqual(['code']);
  });
});
