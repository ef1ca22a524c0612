import { createHash } from 'node:crypto';
import { anonymous, type Principal } from '@undertone/contracts/access/principal';
import { registerUser } from '@undertone/contracts/identity/rpc';
import {
  changeRoles,
  createApiKey,
  createInvitation,
  createPasswordCode,
  getApiKey,
  listApiKeys,
  listRevoked,
  revokeApiKey,
  setPassword,
} from '@undertone/contracts/sign-in/rpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldUp, lockUser } from './held.js';
import { admin, code, PASSWORD, People, session } from './people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

let identity: RunningIdentity;
let people: People;
beforeAll(async () => {
  identity = await runIdentity();
  people = new People(identity);
});
afterAll(() => identity.stop());

describe('an API key', () => {
  const hashOf = (key: string) => createHash('sha256').update(key).digest('base64url');

  it('is shown once, known by its hash, and good until it is revoked', async () => {
    const { user_id } = await people.join();
    const me = session(user_id);
    const wanted = { user_id, name: 'home', scopes: ['read' as const], expires_in_days: 30 };
    const made = await identity.ask(createApiKey, wanted, me);
    expect(made.key).toMatch(/^utk_[\w-]{43}$/);
    const { keys } = await identity.ask(listApiKeys, { user_id }, me);
    expect(JSON.stringify(keys)).not.toContain(made.key);
    expect(keys).toMatchObject([{ key_id: made.key_id, name: 'home', last_used_at: null }]);

    const found = await identity.ask(getApiKey, { hash: hashOf(made.key) });
    expect(found.key).toMatchObject({ key_id: made.key_id, user_id, scopes: ['read'], roles: [] });
    const [used] = (await identity.ask(listApiKeys, { user_id }, me)).keys;
    expect(used?.last_used_at).not.toBeNull();

    await identity.ask(revokeApiKey, { user_id, key_id: made.key_id }, me);
    expect(await identity.ask(getApiKey, { hash: hashOf(made.key) })).toEqual({ key: null });
    expect(await identity.ask(listRevoked, { ids: [made.key_id] })).toEqual({ revoked: [made.key_id] });
  });

  it('is not made by a key, and no admin’s scope is given to who is none', async () => {
    const { user_id } = await people.join();
    const wanted = { user_id, name: 'home', scopes: ['admin' as const], expires_in_days: null };
    await expect(identity.ask(createApiKey, wanted, session(user_id))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ path: 'scopes' }],
    });
    const byKey = session(user_id, { authenticated_by: 'api_key' });
    await expect(identity.ask(createApiKey, wanted, byKey)).rejects.toEqual(code('FORBIDDEN'));
  });

  it('ends at its time', async () => {
    const { user_id } = await people.join();
    const wanted = { user_id, name: 'home', scopes: ['read' as const], expires_in_days: 1 };
    const { key, key_id } = await identity.ask(createApiKey, wanted, session(user_id));
    await identity.orm.em.execute('update api_key set expires_at = now() where id = ?', [key_id]);
    expect(await identity.ask(getApiKey, { hash: hashOf(key) })).toEqual({ key: null });
  });
});

describe('an admin', () => {
  it('makes no code and gives no role with a session or key that ends at the same moment', async () => {
    const { user_id: other } = await people.join();
    const { user_id, email } = await people.join({ admin: true });
    const all = { roles: ['admin' as const], scopes: ['read', 'write', 'admin'] as Principal['scopes'] };
    const asks: ((by: Principal) => Promise<unknown>)[] = [
      (by) => identity.ask(createInvitation, { admin: true }, by),
      (by) => identity.ask(createPasswordCode, { user_id: other }, by),
      (by) => identity.ask(changeRoles, { user_id: other, roles: ['admin'] }, by),
    ];
    for (const ask of asks) {
      const { session_id } = await people.enter(email);
      const question = { user_id, name: 'ops', scopes: [...all.scopes], expires_in_days: 1 };
      const { key_id } = await identity.ask(createApiKey, question, session(user_id, all));
      const outcomes = [
        await heldUp(
          identity,
          lockUser(user_id),
          () => ask(session(user_id, { ...all, session_id })),
          (em) => em.execute('update session set ended_at = now() where id = ?', [session_id]),
        ),
        await heldUp(
          identity,
          lockUser(user_id),
          () => ask(session(user_id, { ...all, authenticated_by: 'api_key', key_id })),
          (em) => em.execute('update api_key set ended_at = now() where id = ?', [key_id]),
        ),
      ];
      expect(outcomes).toMatchObject([
        { status: 'rejected', reason: { code: 'SESSION_ENDED' } },
        { status: 'rejected', reason: { code: 'FORBIDDEN' } },
      ]);
    }
  });

  it('loses the codes that it made with a password that a code sets', async () => {
    const { user_id } = await people.join({ admin: true });
    const asAdmin = session(user_id, { roles: ['admin'], scopes: ['read', 'write', 'admin'] });
    const { code: invitation } = await identity.ask(createInvitation, { admin: true }, asAdmin);
    const { code: reset } = await identity.ask(createPasswordCode, { user_id }, admin);
    await identity.ask(setPassword, { code: reset, password: PASSWORD, address: 'a' }, anonymous);
    const person = { display_name: 'Eve', email: 'eve.late@example.org', password: PASSWORD, invitation };
    await expect(identity.ask(registerUser, person, anonymous)).rejects.toEqual(code('CODE_NOT_VALID'));
  });
});
