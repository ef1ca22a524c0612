import fs from 'node:fs';
import { MikroORM } from '@mikro-orm/postgresql';
import { accessToken, storeTokens } from '@undertone/contracts/token/rpc';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encryptionKey, type RunningToken, runToken, submission } from './running-token.js';

let token: RunningToken;
beforeAll(async () => {
  token = await runToken({ schemas: ['token', 'identity'] });
});
afterAll(() => token.stop());

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
    const orm = await MikroORM.init({
      clientUrl: token.infrastructure.databaseUrl('identity'),
      entities: [],
      discovery: { warnWhenNoEntities: false },
      allowGlobalContext: true,
    });
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
      /FIELD_ENCRYPTION_KEY: is not the key that the stored tokens were encrypted with/,
    );
    await token.restart();
    const { access_token } = tokens;
    expect(await token.ask(accessToken, { user_id: tokens.user_id })).toMatchObject({ access_token });
  });

  it('stops the start when it is missing', async () => {
    await expect(token.restart({ FIELD_ENCRYPTION_KEY: '' })).rejects.toThrow(/FIELD_ENCRYPTION_KEY: /);
  });
});
