import fs from 'node:fs';
import { accessToken, storeTokens } from '@undertone/contracts/token/rpc';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { OperatedKeys } from '@undertone/platform/test-kit/operated-keys';
import { connectAs } from '@undertone/platform/test-kit/own-database';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encryptionKey, type RunningToken, runToken, submission } from './running-token.js';

let token: RunningToken;
beforeAll(async () => {
  token = await runToken({ otherSchemas: ['identity'] });
});
afterAll(() => token.stop());

type Person = ReturnType<typeof submission>;

const SECRETS = /sim-access|sim-refresh/;

async function storedMessages(): Promise<string> {
  const { streams } = token.store.manager;
  const { state } = await streams.info('TOKEN');
  const lines: string[] = [];
  for (let seq = 1; seq <= state.last_seq; seq += 1) {
    const message = await streams.getMessage('TOKEN', { seq });
    lines.push(`${message?.subject} ${JSON.stringify([...(message?.header ?? [])])} ${message?.string()}`);
  }
  return lines.join('\n');
}

async function storedRows(): Promise<string> {
  const tables = await token.orm.em.execute<{ name: string }[]>(
    "select table_name as name from information_schema.tables where table_schema = 'token'",
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    const rows = await token.orm.em.execute<{ line: string }[]>(
      `select t::text as line from token.${name} t`,
    );
    lines.push(...rows.map(({ line }) => `${name} ${line}`));
  }
  return lines.join('\n');
}

/**
 * What is written to standard output and error while `work` runs. Loggers write to the descriptor itself, one way or
 * the other.
 */
async function written(work: () => Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  const keep = (text: unknown) => {
    lines.push(String(text));
    return Buffer.byteLength(String(text));
  };
  const keepAndTell = (_fd: number, text: unknown, ...rest: unknown[]) => {
    const told = rest.at(-1);
    const bytes = keep(text);
    if (typeof told === 'function') queueMicrotask(() => told(null, bytes));
  };
  const spies = [
    vi.spyOn(fs, 'write').mockImplementation(keepAndTell as typeof fs.write),
    vi.spyOn(fs, 'writeSync').mockImplementation((_fd, text) => keep(text)),
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => keep(text) > 0),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => keep(text) > 0),
  ];
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return lines.join('');
}

const outcome = (work: Promise<unknown>): Promise<string> => work.then(JSON.stringify, String);

describe('tokens', () => {
  it('are in no event and, in plain, in no table', async () => {
    const tokens = submission();
    await token.ask(storeTokens, tokens);
    const { access_token } = await token.ask(accessToken, { user_id: tokens.user_id });
    expect(access_token).toMatch(SECRETS);
    const [messages, rows] = [await storedMessages(), await storedRows()];
    expect(messages).toContain(tokens.user_id);
    expect(rows).toContain(`vault_entry (${tokens.user_id}`);
    expect(messages).not.toMatch(SECRETS);
    expect(rows).not.toMatch(SECRETS);
  });

  it('are in no line of the log and in no refusal, whatever goes wrong', async () => {
    const outcomes: string[] = [];
    const log = await written(async () => {
      await token.restart({ LOG_LEVEL: 'trace' });
      for (const fault of ['429', '5xx', 'hang', 'reset', 'malformed', '401', 'invalid_grant'] as const) {
        const tokens = submission();
        await token.ask(storeTokens, tokens);
        token.simulator.addFault({ route: '/api/token', kind: fault, times: 1 });
        outcomes.push(await outcome(token.ask(accessToken, { user_id: tokens.user_id })));
      }
      const bad = { ...submission(), expires_in: -1 };
      outcomes.push(await outcome(token.ask(storeTokens, bad)));
      const moved = submission({ expires_in: 3600 });
      await token.ask(storeTokens, moved);
      await token.orm.em.execute('update vault_entry set access_token = refresh_token where user_id = ?', [
        moved.user_id,
      ]);
      outcomes.push(await outcome(token.ask(accessToken, { user_id: moved.user_id })));
      await token.restart();
    });
    expect(log).toContain('"msg":"ready"');
    expect(log).toContain('"code":"PROVIDER_UNAVAILABLE"');
    expect(log).toContain('"code":"RELINK_REQUIRED"');
    expect(log).toContain('"code":"UNDECRYPTABLE_FIELD"');
    expect(log).not.toMatch(SECRETS);
    expect(outcomes.at(-1)).toMatch(/something failed inside/);
    expect(outcomes.join('\n')).not.toMatch(SECRETS);
  });

  it('cannot be read by the role of another service', async () => {
    const orm = await connectAs(token.infrastructure, 'identity');
    await expect(orm.em.execute('select * from token.vault_entry')).rejects.toThrow(
      'permission denied for schema token',
    );
    await orm.em.execute('create table identity.person (name text)');
    await expect(token.orm.em.execute('select * from identity.person')).rejects.toThrow(
      'permission denied for schema identity',
    );
    await orm.close();
  });
});

describe('the encryption key', () => {
  it('stops the start when it is not the one that the vault was encrypted with', async () => {
    const tokens = submission({ expires_in: 3600 });
    await token.ask(storeTokens, tokens);
    await expect(token.restart({ FIELD_ENCRYPTION_KEY: encryptionKey() })).rejects.toThrow(
      /FIELD_ENCRYPTION_KEY: rows stand under the key [0-9a-f]{8}, which is not among the keys [0-9a-f]{8}$/,
    );
    await token.restart();
    const { access_token } = tokens;
    expect(await token.ask(accessToken, { user_id: tokens.user_id })).toMatchObject({ access_token });
  });

  it('is exchanged for another beside writers, and whoever is stopped in the middle goes on', async () => {
    const old = token.environment.FIELD_ENCRYPTION_KEY ?? '';
    const newer = encryptionKey();
    const keys = new OperatedKeys('token', token.nats);
    await token.orm.em.execute('truncate vault_entry, person_key');
    const people = Array.from({ length: 120 }, () => submission({ expires_in: 3600 }));
    await Promise.all(people.map((tokens) => token.ask(storeTokens, tokens)));
    const [second, third] = people as [Person, Person];
    await token.restart({ FIELD_ENCRYPTION_KEY: `${newer},${old}` });
    const before = await keys.list();
    expect(before).toMatchObject([
      { encrypts: true, configured: true, rows: 0 },
      { encrypts: false, configured: true, rows: 120 },
    ]);

    const held = token.orm.em.fork();
    await held.begin();
    await held.execute('select 1 from person_key where user_id = ? for update', [second.user_id]);
    const job = await keys.requestRotation();
    await eventually('all rows but one are under the new key', async () =>
      (await keys.list()).every(({ encrypts, rows }) => encrypts || rows <= 1),
    );
    await token.restart({ FIELD_ENCRYPTION_KEY: `${newer},${old}` });
    // Stored and refreshed while the job is at it: it cannot end while a row is held.
    const stored = { ...third, access_token: 'stored-meanwhile' };
    await token.ask(storeTokens, stored);
    const refreshed = submission();
    await token.ask(storeTokens, refreshed);
    const fresh = await token.ask(accessToken, { user_id: refreshed.user_id });
    await held.commit();
    expect(await keys.result(job)).toMatchObject({ service: 'token', key_id: before[0]?.id, rows: 121 });

    const [newest, oldest, ...others] = await keys.list();
    expect([newest?.id, oldest?.rows, others]).toEqual([before[0]?.id, 0, []]);
    await token.restart({ FIELD_ENCRYPTION_KEY: newer });
    for (const { user_id, access_token } of [...people.filter((one) => one !== third), stored]) {
      expect(await token.ask(accessToken, { user_id })).toMatchObject({ access_token });
    }
    expect(await token.ask(accessToken, { user_id: refreshed.user_id })).toEqual(fresh);
    await expect(token.restart({ FIELD_ENCRYPTION_KEY: old })).rejects.toThrow(
      `rows stand under the key ${newest?.id}, which is not among the keys ${oldest?.id}`,
    );
    token.environment.FIELD_ENCRYPTION_KEY = newer;
    await token.restart();
  });

  it('stays where a row is damaged, and the others are done', async () => {
    const old = token.environment.FIELD_ENCRYPTION_KEY ?? '';
    const keys = new OperatedKeys('token', token.nats);
    await token.orm.em.execute('truncate vault_entry, person_key');
    const [damaged, whole] = [submission(), submission({ expires_in: 3600 })];
    await Promise.all([damaged, whole].map((tokens) => token.ask(storeTokens, tokens)));
    await token.orm.em.execute(
      `update person_key set sealed_key = regexp_replace(sealed_key, '\\.[^.]*$', '') where user_id = ?`,
      [damaged.user_id],
    );
    await token.restart({ FIELD_ENCRYPTION_KEY: `${encryptionKey()},${old}` });
    expect(await keys.rotate()).toMatchObject({
      code: 'UNDECRYPTABLE_FIELD',
      message: expect.stringMatching(/^1 rows? cannot be decrypted/),
    });
    expect((await keys.list()).map(({ rows }) => rows)).toEqual([expect.any(Number), 1]);
    const { access_token } = whole;
    expect(await token.ask(accessToken, { user_id: whole.user_id })).toMatchObject({ access_token });
    await token.orm.em.execute('truncate vault_entry, person_key');
    await token.restart();
  });

  it('stops the start when it is missing', async () => {
    await expect(token.restart({ FIELD_ENCRYPTION_KEY: '' })).rejects.toThrow(/FIELD_ENCRYPTION_KEY: /);
  });
});
