import { accessToken, storeTokens } from '@undertone/contracts/token/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encryptionKey, type RunningToken, runToken, submission } from './running-token.js';

let token: RunningToken;
beforeAll(async () => {
  token = await runToken();
});
afterAll(() => token.stop());

/** A row as a release wrote it in which people had no keys of their own. */
async function leaveOlderRow(format: 'v1' | 'v2'): Promise<string> {
  const userId = newId();
  const sealed = (column: string) => {
    const stored = token.encryption.encrypt(
      `older ${column}`,
      `token.vault_entry/${userId}/spotify/${column}`,
    );
    return format === 'v1' ? stored.replace(/^v2\.\w+/, 'v1') : stored;
  };
  const until = new Date(Date.now() + 3_600_000);
  await token.orm.em.execute(
    `insert into vault_entry (user_id, provider, access_token, refresh_token, expires_at, scopes, stored_at,
       stored_until, store_id, announced, log_sequence)
     values (?, 'spotify', ?, ?, ?, null, now(), ?, ?, true, 0)`,
    [userId, sealed('access_token'), sealed('refresh_token'), until, until, newId()],
  );
  return userId;
}

const stored = async (userId: string) => {
  const { access_token, refresh_token } = await token.row(userId);
  return [String(access_token), String(refresh_token)];
};
const asked = async (userId: string) => (await token.ask(accessToken, { user_id: userId })).access_token;

it('tokens of an older release are put under their person’s key at the start', async () => {
  const people = await Promise.all(Array.from({ length: 120 }, (_, i) => leaveOlderRow(i % 2 ? 'v1' : 'v2')));
  await token.restart();
  for (const userId of people) {
    const secrets = await token.secretsOf(userId);
    const [access = '', refresh = ''] = await stored(userId);
    expect(secrets.open('spotify/access-token', access)).toBe('older access_token');
    expect(secrets.open('spotify/refresh-token', refresh)).toBe('older refresh_token');
  }
});

it('tokens that an older replica stores while it is replaced are read, and moved by the next start', async () => {
  const userId = await leaveOlderRow('v2');
  expect(await asked(userId)).toBe('older access_token');
  await token.restart();
  expect((await stored(userId))[0]).toMatch(/^v3\./);
  expect(await asked(userId)).toBe('older access_token');
});

it('a damaged row of an older release stays as it is, and holds nobody up', async () => {
  const [damaged, whole] = [await leaveOlderRow('v2'), await leaveOlderRow('v2')];
  await token.orm.em.execute('update vault_entry set access_token = refresh_token where user_id = ?', [
    damaged,
  ]);
  const before = await stored(damaged);
  await token.restart();
  expect(await stored(damaged)).toEqual(before);
  expect(await asked(whole)).toBe('older access_token');
  await token.orm.em.execute('delete from vault_entry where user_id = ?', [damaged]);
});

it('tokens of an older release whose key is missing stop the start', async () => {
  await token.orm.em.execute('truncate vault_entry, person_key');
  const [named, unnamed] = [await leaveOlderRow('v2'), await leaveOlderRow('v1')];
  const other = { FIELD_ENCRYPTION_KEY: encryptionKey() };
  for (const userId of [named, unnamed]) {
    await expect(token.restart(other)).rejects.toThrow(/FIELD_ENCRYPTION_KEY: tokens stand under/);
    await token.orm.em.execute('delete from vault_entry where user_id = ?', [userId]);
  }
  await token.orm.em.execute('truncate vault_entry, person_key');
  await token.restart(other);
});

it('tokens and keys do not decrypt in another person’s name', async () => {
  await token.restart();
  await token.orm.em.execute('truncate vault_entry, person_key');
  const [ada, ben] = [submission({ expires_in: 3600 }), submission({ expires_in: 3600 })];
  await Promise.all([ada, ben].map((tokens) => token.ask(storeTokens, tokens)));
  const people = [ben.user_id, ada.user_id];
  const copy = (table: string, columns: string) =>
    token.orm.em.execute(
      `update ${table} mine set (${columns}) = (select ${columns} from ${table} where user_id = ?) where user_id = ?`,
      people,
    );
  await copy('vault_entry', 'access_token, refresh_token');
  await expect(asked(ada.user_id)).rejects.toThrow(/inside/);
  await copy('person_key', 'version, sealed_key');
  await expect(asked(ada.user_id)).rejects.toThrow(/inside/);
  expect(await asked(ben.user_id)).toBe(ben.access_token);
});
