import type { RpcDefinition } from '@undertone/contracts/rpc';
import {
  accessToken,
  linkedUsers,
  listConnections,
  listTokenUses,
  removeConnection,
  storeTokens,
} from '@undertone/contracts/token/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { answersToForgedCursors } from '@undertone/platform/test-kit/forged-cursors';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningToken, runToken, submission } from './running-token.js';

let token: RunningToken;
beforeAll(async () => {
  token = await runToken();
});
afterAll(() => token.stop());
afterEach(() => token.simulator.clearFaults());

const DAY_MS = 86_400_000;

async function linked(expires_in = 3600) {
  const tokens = submission({ expires_in });
  await token.ask(storeTokens, tokens);
  return tokens;
}
const connectionsOf = async (user_id: string) => (await token.ask(listConnections, { user_id })).connections;
const typesOf = async (userId: string) =>
  (await token.eventsOf(userId)).map(({ subject }) => subject.split('.').at(-1));

describe('a connection', () => {
  it('says until when it is good, and nothing of the tokens', async () => {
    const { user_id } = await linked();
    const [one, ...more] = await connectionsOf(user_id);
    expect(more).toEqual([]);
    expect(one).toEqual({
      provider: 'spotify',
      state: 'connected',
      scopes: ['user-top-read', 'user-read-recently-played'],
      connected_at: expect.any(String),
      ends_at: expect.any(String),
      reauth_required_at: null,
    });
    const days = (Date.parse(one?.ends_at ?? '') - Date.parse(one?.connected_at ?? '')) / DAY_MS;
    expect(days).toBeGreaterThan(180);
    expect(days).toBeLessThan(185);
    expect(await connectionsOf(newId())).toEqual([]);
  });

  it('that the provider refuses is said once, in the log and to the person, and ends with new tokens', async () => {
    const tokens = await linked(30);
    const { user_id } = tokens;
    token.simulator.addFault({ route: '/api/token', kind: 'invalid_grant', times: 1 });
    for (const _ of [1, 2]) {
      await expect(token.ask(accessToken, { user_id })).rejects.toMatchObject({ code: 'RELINK_REQUIRED' });
    }
    expect(await typesOf(user_id)).toEqual(['tokens-stored', 'reauth-required']);
    const [refused] = await connectionsOf(user_id);
    expect(refused).toMatchObject({ state: 'reauth_required', reauth_required_at: expect.any(String) });
    await token.ask(storeTokens, tokens);
    expect(await connectionsOf(user_id)).toMatchObject([{ state: 'connected', reauth_required_at: null }]);
    expect(await typesOf(user_id)).toEqual(['tokens-stored', 'reauth-required', 'tokens-stored']);
  });

  it('whose end could not be said is said by the next start', async () => {
    const { user_id } = await linked();
    await token.orm.em.execute('update vault_entry set relink_required_at = now() where user_id = ?', [
      user_id,
    ]);
    await token.restart();
    expect(await typesOf(user_id)).toEqual(['tokens-stored', 'reauth-required']);
    await token.restart();
    expect(await typesOf(user_id)).toHaveLength(2);
  });

  it('that ends soon is said a month and a week ahead, each once', async () => {
    const people = await Promise.all([linked(), linked(), linked()]);
    const ages = ['4 months 20 days', '5 months 5 days', '5 months 28 days'];
    for (const [at, { user_id }] of people.entries()) {
      await token.orm.em.execute(
        `update vault_entry set stored_at = now() - interval '${ages[at]}' where user_id = ?`,
        [user_id],
      );
    }
    await token.restart();
    await token.restart();
    const said = await Promise.all(
      people.map(async ({ user_id }) => (await token.eventsOf(user_id)).slice(1)),
    );
    expect(said.map((events) => events.map(({ data }) => (data as { days_left: number }).days_left))).toEqual(
      [[], [30], [7]],
    );
    const month = people[1]?.user_id ?? '';
    await token.orm.em.execute(
      "update vault_entry set stored_at = stored_at - interval '23 days' where user_id = ?",
      [month],
    );
    await token.restart();
    expect(await typesOf(month)).toEqual(['tokens-stored', 'reauth-due', 'reauth-due']);
  });
});

describe('disconnecting', () => {
  it('deletes the tokens, says so, and tells where the person takes the access back', async () => {
    const { user_id } = await linked();
    const removed = await token.ask(removeConnection, { user_id, provider: 'spotify' });
    expect(removed).toEqual({
      provider: 'spotify',
      removed_at: expect.any(String),
      revoke_at: expect.stringContaining('spotify.com'),
    });
    expect(await typesOf(user_id)).toEqual(['tokens-stored', 'tokens-removed']);
    await expect(token.row(user_id)).rejects.toThrow('no such row');
    expect(await connectionsOf(user_id)).toEqual([]);
    const refused = { code: 'NOT_LINKED' };
    await expect(token.ask(accessToken, { user_id })).rejects.toMatchObject(refused);
    const again = token.ask(removeConnection, { user_id, provider: 'spotify' });
    await expect(again).rejects.toMatchObject(refused);
    await linkAgain(user_id);
  });

  async function linkAgain(user_id: string) {
    await token.ask(storeTokens, { ...submission({ expires_in: 3600 }), user_id });
    expect(await connectionsOf(user_id)).toMatchObject([{ state: 'connected' }]);
    expect(await typesOf(user_id)).toEqual(['tokens-stored', 'tokens-removed', 'tokens-stored']);
  }

  it('that was cut short has no tokens left, and is completed by the next start', async () => {
    const { user_id } = await linked();
    await token.orm.em.execute(
      "update vault_entry set removed_at = now(), access_token = '', refresh_token = '' where user_id = ?",
      [user_id],
    );
    expect(await connectionsOf(user_id)).toEqual([]);
    expect((await token.ask(linkedUsers, { user_ids: [user_id] })).user_ids).toEqual([]);
    await expect(token.ask(accessToken, { user_id })).rejects.toMatchObject({ code: 'NOT_LINKED' });
    await token.restart();
    expect(await typesOf(user_id)).toEqual(['tokens-stored', 'tokens-removed']);
    await expect(token.row(user_id)).rejects.toThrow('no such row');
  });

  it('while a refresh is under way leaves nothing that the refresh would store', async () => {
    const { user_id } = await linked(30);
    token.simulator.calls.reset();
    token.simulator.addFault({ route: '/api/token', kind: 'slow', ms: 300, times: 1 });
    const refresh = token.ask(accessToken, { user_id });
    await eventually('Spotify is asked', async () => token.refreshCalls() > 0);
    await token.ask(removeConnection, { user_id, provider: 'spotify' });
    await refresh;
    await expect(token.row(user_id)).rejects.toThrow('no such row');
    await expect(token.ask(accessToken, { user_id })).rejects.toMatchObject({ code: 'NOT_LINKED' });
  });
});

describe('the trail of uses', () => {
  it('has who was handed a token, when and for what, in pages, and never the token', async () => {
    const { user_id } = await linked(30);
    const task_id = newId();
    await token.ask(accessToken, { user_id, task_id });
    await token.ask(accessToken, { user_id });
    const query = { user_id, provider: 'spotify', limit: 1 } as const;
    const first = await token.ask(listTokenUses, query);
    expect(first.items).toEqual([
      {
        used_at: expect.any(String),
        provider: 'spotify',
        service: 'gateway',
        task_id: null,
        refreshed: false,
      },
    ]);
    const second = await token.ask(listTokenUses, { ...query, cursor: first.next ?? '' });
    expect(second).toMatchObject({ items: [{ task_id, refreshed: true }], next: null });
    expect((await token.ask(listTokenUses, { ...query, user_id: newId() })).items).toEqual([]);
  });

  it('is broken by no cursor', async () => {
    const ask = (question: RpcDefinition, input: object) => token.ask(question, input);
    expect(await answersToForgedCursors(ask, listTokenUses as RpcDefinition)).toEqual(['BAD_CURSOR', 'read']);
  });

  it('forgets what is older than it is kept', async () => {
    const { user_id } = await linked();
    await token.ask(accessToken, { user_id });
    await token.ask(accessToken, { user_id });
    await token.orm.em.execute(
      `update token_use set used_at = now() - interval '31 days'
         where id = (select min(id::text)::uuid from token_use where user_id = ?)`,
      [user_id],
    );
    await token.restart({ TOKEN_USE_DAYS: '30' });
    const query = { user_id, provider: 'spotify', limit: 10 } as const;
    await eventually('one is left', async () => (await token.ask(listTokenUses, query)).items.length === 1);
  });
});
