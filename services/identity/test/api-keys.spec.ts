import { createHash } from 'node:crypto';
import {
  createApiKey,
  getApiKey,
  listApiKeys,
  listRevoked,
  revokeApiKey,
} from '@undertone/contracts/sign-in/rpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { code, People, session } from './people.js';
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
