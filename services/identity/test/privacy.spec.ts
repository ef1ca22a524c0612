import type { MikroORM } from '@mikro-orm/postgresql';
import { registerUser } from '@undertone/contracts/identity/rpc';
import { OperatedKeys } from '@undertone/platform/test-kit/operated-keys';
import { connectAs } from '@undertone/platform/test-kit/own-database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encryptionKey, type RunningIdentity, runIdentity } from './running-identity.js';

let identity: RunningIdentity;
beforeAll(async () => {
  identity = await runIdentity(['token']);
});
afterAll(() => identity.stop());

const ada = { spotify_user_id: 'adas-account', display_name: 'Ada Lovelace', email: 'ada@example.org' };
const SECRETS = /adas-account|lovelace|ada@example|example\.org/i;

/** Every message of the stream as it is stored: subject, headers and body. */
async function storedMessages(): Promise<string> {
  const { streams } = identity.store.manager;
  const { state } = await streams.info('IDENTITY');
  const lines: string[] = [];
  for (let seq = 1; seq <= state.last_seq; seq += 1) {
    const message = await streams.getMessage('IDENTITY', { seq });
    lines.push(`${message?.subject} ${JSON.stringify([...(message?.header ?? [])])} ${message?.string()}`);
  }
  return lines.join('\n');
}

/** Every row of every table of the service, as text. */
async function storedRows(): Promise<string> {
  const tables = await identity.orm.em.execute<{ name: string }[]>(
    "select table_name as name from information_schema.tables where table_schema = 'identity'",
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    const rows = await identity.orm.em.execute<{ line: string }[]>(
      `select t::text as line from identity.${name} t`,
    );
    lines.push(...rows.map(({ line }) => `${name} ${line}`));
  }
  return lines.join('\n');
}

async function asRole<T>(schema: string, work: (orm: MikroORM) => Promise<T>): Promise<T> {
  const orm = await connectAs(identity.infrastructure, schema);
  try {
    return await work(orm);
  } finally {
    await orm.close();
  }
}

describe("a person's data", () => {
  it('is in no event and, in plain, in no table', async () => {
    const { user_id } = await identity.ask(registerUser, { ...ada, display_name: 'A. Lovelace' });
    await identity.ask(registerUser, ada);
    const [messages, rows] = [await storedMessages(), await storedRows()];
    expect(messages).toContain(user_id);
    expect(rows).toContain(`registered_user (${user_id}`);
    expect(messages).not.toMatch(SECRETS);
    expect(rows).not.toMatch(SECRETS);
  });

  it('is not handed out from a row that it was moved to', async () => {
    await identity.ask(registerUser, ada);
    const bo = { spotify_user_id: 'bos-account', display_name: 'Bo', email: 'bo@example.net' };
    const { user_id } = await identity.ask(registerUser, bo);
    await identity.orm.em.execute(
      `update registered_user set display_name = (select display_name from registered_user where id <> ? limit 1)
       where id = ?`,
      [user_id, user_id],
    );
    await expect(identity.ask(registerUser, bo)).rejects.toMatchObject({ code: 'INTERNAL', status: 500 });
    await identity.orm.em.execute('delete from registered_user where id = ?', [user_id]);
  });

  it('cannot be read by the role of another service, nor theirs by this one', async () => {
    await expect(
      asRole('token', (orm) => orm.em.execute('select * from identity.registered_user')),
    ).rejects.toThrow('permission denied for schema identity');
    await asRole('token', (orm) => orm.em.execute('create table token.vault (secret text)'));
    await expect(identity.orm.em.execute('select * from token.vault')).rejects.toThrow(
      'permission denied for schema token',
    );
  });
});

describe('the encryption key', () => {
  it('stops the start when it is not the one that people were registered with', async () => {
    await identity.ask(registerUser, ada);
    const before = await storedRows();
    await expect(identity.restart({ FIELD_ENCRYPTION_KEY: encryptionKey() })).rejects.toThrow(
      /FIELD_ENCRYPTION_KEY: rows stand under the key [0-9a-f]{8}, which is not among the keys [0-9a-f]{8}$/,
    );
    expect(await storedRows()).toBe(before);
    await identity.restart();
    expect(await identity.ask(registerUser, ada)).toMatchObject({ display_name: 'Ada Lovelace' });
  });

  it('is exchanged for another, and everybody is the same user before, during and after', async () => {
    const old = identity.environment.FIELD_ENCRYPTION_KEY ?? '';
    const newer = encryptionKey();
    const keys = new OperatedKeys('identity', identity.nats);
    const people = ['cy', 'di', 'ed'].map((name) => ({
      spotify_user_id: name,
      display_name: name,
      // One gave no address.
      ...(name !== 'ed' && { email: `${name}@example.org` }),
    }));
    const everybody = () => Promise.all(people.map((person) => identity.ask(registerUser, person)));
    const registered = await everybody();
    // As the release before ciphertexts named their key wrote it.
    await identity.orm.em.execute(
      `update registered_user set spotify_user_id = regexp_replace(spotify_user_id, '^v2\\.\\w+', 'v1'),
         display_name = regexp_replace(display_name, '^v2\\.\\w+', 'v1'),
         email = regexp_replace(email, '^v2\\.\\w+', 'v1') where id = ?`,
      [registered[0]?.user_id],
    );
    await identity.restart({ FIELD_ENCRYPTION_KEY: `${newer},${old}` });
    expect(await everybody()).toEqual(registered);
    const rows = (await keys.list()).map((use) => use.rows);
    expect(rows).toEqual([0, expect.any(Number), 1]);

    // A replica that has the same keys in another order, as while they are rolled out.
    const other = await identity.start({ FIELD_ENCRYPTION_KEY: `${old},${newer}` });
    const fay = { spotify_user_id: 'fay', display_name: 'Fay', email: 'fay@example.org' };
    const registrations = Array.from({ length: 8 }, () => identity.ask(registerUser, fay));
    const [{ user_id: fayId } = { user_id: '' }, ...same] = await Promise.all(registrations);
    expect(new Set(same.map(({ user_id }) => user_id))).toEqual(new Set([fayId]));
    await other.close();

    const before = await storedRows();
    expect(await keys.rotate()).toMatchObject({ service: 'identity' });
    expect((await keys.list()).map((use) => use.rows)).toEqual([expect.any(Number), 0]);
    expect(await storedRows()).not.toBe(before);
    await identity.restart({ FIELD_ENCRYPTION_KEY: newer });
    expect(await everybody()).toEqual(registered);
    expect((await identity.ask(registerUser, fay)).user_id).toBe(fayId);
    identity.environment.FIELD_ENCRYPTION_KEY = newer;
    await identity.restart();
  });

  it.each([
    ['missing', ''],
    ['too short', Buffer.alloc(16).toString('base64')],
    ['not base64', 'not base64!'],
    ['one of several that is wrong', `${encryptionKey()},AAAA`],
  ])('stops the start when it is %s', async (_case, key) => {
    await expect(identity.restart({ FIELD_ENCRYPTION_KEY: key })).rejects.toThrow(
      /identity cannot start, settings are wrong:\n {2}FIELD_ENCRYPTION_KEY: /,
    );
  });
});
