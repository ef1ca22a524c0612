import { createHash } from 'node:crypto';
import {
  accessToken,
  lendToken,
  linkedUsers,
  listConnections,
  storeTokens,
} from '@undertone/contracts/token/rpc';
import { TokensStored } from '@undertone/contracts/token/tokens-stored';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { forgetMessageIds } from '@undertone/platform/test-kit/forget-message-ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedEventId } from '../src/links/link.js';
import { type RunningToken, runToken, submission } from './running-token.js';

let token: RunningToken;
beforeAll(async () => {
  token = await runToken();
});
afterAll(() => token.stop());

describe('storing tokens', () => {
  it('says what may be said of them, in the answer and in the log', async () => {
    const tokens = submission({ expires_in: 3600, scope: ' user-top-read  user-library-read user-top-read' });
    const link = await token.ask(storeTokens, tokens);
    expect(link).toEqual({
      user_id: tokens.user_id,
      provider: 'spotify',
      scopes: ['user-top-read', 'user-library-read'],
      stored_at: expect.any(String),
      expires_at: new Date(Date.parse(link.stored_at) + 3_600_000).toISOString(),
    });
    const events = await token.eventsOf(tokens.user_id);
    const row = await token.row(tokens.user_id);
    expect(events).toMatchObject([
      {
        id: storedEventId(tokens.user_id, String(row.store_id)),
        subject: `token.${tokens.user_id}.tokens-stored`,
        source: '/undertone/token',
        time: link.stored_at,
      },
    ]);
    expect(events.map((event) => TokensStored.read(event))).toEqual([link]);
    expect(row).toMatchObject({ announced: true, log_sequence: String(events[0]?.sequence) });
  });

  it('again replaces them', async () => {
    const tokens = submission({ expires_in: 3600 });
    await token.ask(storeTokens, tokens);
    const link = await token.ask(storeTokens, { ...tokens, access_token: 'newer', scope: '' });
    expect(link.scopes).toEqual([]);
    expect(await token.ask(accessToken, { user_id: tokens.user_id })).toEqual({
      access_token: 'newer',
      expires_at: link.expires_at,
    });
    const events = await token.eventsOf(tokens.user_id);
    expect(events.map((event) => TokensStored.read(event)?.scopes?.length)).toEqual([2, 0]);
  });

  it('without their scopes says that those are unknown, and not that there are none', async () => {
    const { scope: _, ...tokens } = submission({ expires_in: 3600 });
    await token.ask(storeTokens, { ...tokens, scope: 'user-top-read' });
    const link = await token.ask(storeTokens, tokens);
    expect(link.scopes).toBeNull();
    const events = await token.eventsOf(tokens.user_id);
    expect(events.map((event) => TokensStored.read(event)?.scopes)).toEqual([['user-top-read'], null]);
    const unknown = await token.orm.em.execute(
      'select 1 from vault_entry where user_id = ? and scopes is null',
      [tokens.user_id],
    );
    expect(unknown).toHaveLength(1);
  });

  it('ten times at once leaves the log and the vault of one mind', async () => {
    const tokens = submission({ expires_in: 3600 });
    await Promise.all(
      Array.from({ length: 10 }, (_, count) =>
        token.ask(storeTokens, { ...tokens, scope: `scope-${count}`, access_token: `access-${count}` }),
      ),
    );
    const events = await token.eventsOf(tokens.user_id);
    const last = events.at(-1);
    const row = await token.row(tokens.user_id);
    expect(last?.id).toBe(storedEventId(tokens.user_id, String(row.store_id)));
    expect(last && TokensStored.read(last)?.scopes).toEqual(row.scopes);
    expect(row).toMatchObject({ announced: true, log_sequence: String(last?.sequence) });
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  it('again with the same key is done once, and leaves a token that was refreshed meanwhile', async () => {
    const tokens = { ...submission(), idempotency_key: newId() };
    const [link, ...same] = await Promise.all(
      Array.from({ length: 5 }, () => token.ask(storeTokens, tokens)),
    );
    for (const answer of same) expect(answer).toEqual(link);
    const fresh = await token.ask(accessToken, { user_id: tokens.user_id });
    const row = await token.row(tokens.user_id);
    expect(await token.ask(storeTokens, tokens)).toEqual(link);
    expect(await token.row(tokens.user_id)).toEqual(row);
    expect(await token.ask(accessToken, { user_id: tokens.user_id })).toEqual(fresh);
    expect(await token.eventsOf(tokens.user_id)).toHaveLength(1);
  });

  it('with a key of long ago does not bring the old tokens back', async () => {
    const tokens = { ...submission({ expires_in: 3600 }), idempotency_key: newId() };
    const link = await token.ask(storeTokens, tokens);
    const newer = { ...tokens, access_token: 'newer', idempotency_key: newId() };
    await token.ask(storeTokens, newer);
    expect(await token.ask(storeTokens, tokens)).toEqual(link);
    expect(await token.ask(accessToken, { user_id: tokens.user_id })).toMatchObject({
      access_token: 'newer',
    });
    expect(await token.eventsOf(tokens.user_id)).toHaveLength(2);
  });

  it.each([
    ['no refresh token', { refresh_token: '' }],
    ['tokens that ended', { expires_in: 0 }],
    ['a field it does not know', { client_secret: 'x' }],
  ])('refuses %s', async (_case, changed) => {
    await expect(token.ask(storeTokens, { ...submission(), ...changed })).rejects.toMatchObject({
      name: 'Refused',
      code: 'BAD_QUESTION',
      status: 422,
    });
  });
});

describe('a store that was cut short', () => {
  // What a process leaves behind that dies after it wrote the row, and before it appended the event.
  async function leaveRow(userId: string, storeId = newId()): Promise<string> {
    const [secrets, at] = [await token.secretsOf(userId), new Date()];
    await token.orm.em.execute(
      `insert into vault_entry (user_id, provider, access_token, refresh_token, expires_at, scopes, stored_at,
         stored_until, store_id, announced, log_sequence)
       values (?, 'spotify', ?, ?, ?, '["user-top-read"]', ?, ?, ?, false, 0)`,
      [
        userId,
        secrets.seal('spotify/access-token', 'access'),
        secrets.seal('spotify/refresh-token', 'refresh'),
        new Date(at.getTime() + 3_600_000),
        at,
        new Date(at.getTime() + 1_800_000),
        storeId,
      ],
    );
    return storeId;
  }

  it('between row and event is completed by the next start, in the words of the store', async () => {
    const userId = newId();
    const storeId = await leaveRow(userId);
    await token.restart();
    const events = await token.eventsOf(userId);
    expect(events).toMatchObject([{ id: storedEventId(userId, storeId) }]);
    const stored = events[0] && TokensStored.read(events[0]);
    expect(Date.parse(stored?.expires_at ?? '') - Date.parse(stored?.stored_at ?? '')).toBe(1_800_000);
    expect(await token.row(userId)).toMatchObject({ announced: true });
    await token.restart();
    expect(await token.eventsOf(userId)).toHaveLength(1);
  });

  it('after the event is not said twice, not even when the server has forgotten its id', async () => {
    const tokens = submission({ expires_in: 3600 });
    await token.ask(storeTokens, tokens);
    await token.ask(storeTokens, tokens);
    const [first, second] = await token.eventsOf(tokens.user_id);
    await token.stopService();
    await forgetMessageIds(token.store, 'TOKEN', second);
    await token.orm.em.execute(
      'update vault_entry set announced = false, log_sequence = ? where user_id = ?',
      [first?.sequence, tokens.user_id],
    );
    await token.restart();
    expect(await token.row(tokens.user_id)).toMatchObject({
      announced: true,
      log_sequence: String(second?.sequence),
    });
    expect(await token.eventsOf(tokens.user_id)).toHaveLength(2);
  });

  it('is completed by the same store again, where it has a key', async () => {
    const tokens = { ...submission({ expires_in: 3600 }), idempotency_key: newId() };
    const userId = tokens.user_id;
    await leaveRow(userId, derivedId(userId, 'store', tokens.idempotency_key));
    const link = await token.ask(storeTokens, tokens);
    const events = await token.eventsOf(userId);
    expect(events.map((event) => TokensStored.read(event))).toEqual([link]);
    expect(await token.ask(accessToken, { user_id: userId })).toMatchObject({ access_token: 'access' });
  });

  it('gives way to a store that came after it', async () => {
    const tokens = submission({ expires_in: 3600 });
    await leaveRow(tokens.user_id);
    const link = await token.ask(storeTokens, tokens);
    const events = await token.eventsOf(tokens.user_id);
    expect(events.map((event) => TokensStored.read(event))).toEqual([link]);
  });
});

describe('a token that came alone', () => {
  const lend = (user_id: string, access_token: string) => token.ask(lendToken, { user_id, access_token });
  const events = async (userId: string) =>
    (await token.eventsOf(userId)).map(({ subject }) => subject.split('.').at(-1));

  it('is handed out while it is good, stored once, and replaced by another', async () => {
    const user_id = newId();
    const answers = await Promise.all(Array.from({ length: 5 }, () => lend(user_id, 'sim-access-lent')));
    expect(answers.filter(({ kept }) => kept)).toHaveLength(1);
    expect(await events(user_id)).toEqual(['tokens-stored']);
    expect(await token.ask(accessToken, { user_id })).toMatchObject({ access_token: 'sim-access-lent' });
    expect(await lend(user_id, 'sim-access-other')).toEqual({ kept: true });
    expect(await token.ask(accessToken, { user_id })).toMatchObject({ access_token: 'sim-access-other' });
    const { connections } = await token.ask(listConnections, { user_id });
    const [{ connected_at = '', ends_at = '' } = {}] = connections;
    expect(Date.parse(ends_at) - Date.parse(connected_at)).toBe(3_600_000);
  });

  it('is renewed by nothing: refused or over, it takes another, and Spotify is not asked', async () => {
    const user_id = newId();
    await lend(user_id, 'sim-access-lent');
    const rejected_token_hash = createHash('sha256').update('sim-access-lent').digest('hex');
    const calls = token.refreshCalls();
    await expect(token.ask(accessToken, { user_id, rejected_token_hash })).rejects.toMatchObject({
      code: 'RELINK_REQUIRED',
    });
    expect(await events(user_id)).toEqual(['tokens-stored', 'reauth-required']);
    await lend(user_id, 'sim-access-next');
    expect(await token.ask(linkedUsers, { user_ids: [user_id] })).toEqual({ user_ids: [user_id] });
    await token.orm.em.execute(`update vault_entry set expires_at = now() where user_id = ?`, [user_id]);
    expect(await token.ask(linkedUsers, { user_ids: [user_id] })).toEqual({ user_ids: [] });
    const { connections } = await token.ask(listConnections, { user_id });
    expect(connections).toMatchObject([{ state: 'reauth_required' }]);
    await expect(token.ask(accessToken, { user_id })).rejects.toMatchObject({ code: 'RELINK_REQUIRED' });
    expect(token.refreshCalls()).toBe(calls);
  });

  it('leaves a link that renews itself, whichever comes first', async () => {
    for (let round = 0; round < 5; round += 1) {
      const tokens = submission({ expires_in: 3600 });
      await Promise.all([token.ask(storeTokens, tokens), lend(tokens.user_id, 'sim-access-lent')]);
      await lend(tokens.user_id, 'sim-access-lent');
      const fresh = await token.ask(accessToken, { user_id: tokens.user_id });
      expect(fresh.access_token).toBe(tokens.access_token);
      expect(await token.row(tokens.user_id)).toMatchObject({
        refresh_token: expect.stringMatching(/^v3\./),
      });
    }
  });
});
