import { accessToken, linkedUsers, storeTokens } from '@undertone/contracts/token/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningToken, runToken, submission } from './running-token.js';

let token: RunningToken;
beforeAll(async () => {
  token = await runToken();
});
afterAll(() => token.stop());
afterEach(() => {
  token.simulator.clearFaults();
  token.simulator.calls.reset();
});

async function linked() {
  const tokens = submission();
  await token.ask(storeTokens, tokens);
  return tokens;
}

describe('a provider that fails', () => {
  it.each([
    ['limits requests', { kind: '429', retryAfter: 17 }, /it limits requests, to be asked again in 17 s/],
    ['has no quota left', { kind: 'quota' }, /it limits requests/],
    ['answers 503', { kind: '5xx' }, /it answered 503/],
    ['answers 500', { kind: '5xx', status: 500 }, /it answered 500/],
    ['is too slow', { kind: 'slow', ms: 20_000 }, /no answer within 2 s/],
    ['hangs', { kind: 'hang' }, /no answer within 2 s/],
    ['cuts the connection', { kind: 'reset' }, /the connection failed/],
    ['answers nonsense', { kind: 'malformed' }, /its answer could not be understood/],
  ] as const)(
    'that %s is unavailable, and is asked again at the next question',
    async (_case, fault, why) => {
      const { user_id } = await linked();
      token.simulator.addFault({ route: '/api/token', times: 1, ...fault });
      const refused = token.ask(accessToken, { user_id });
      await expect(refused).rejects.toMatchObject({
        name: 'Refused',
        code: 'PROVIDER_UNAVAILABLE',
        status: 503,
      });
      await expect(refused).rejects.toThrow(why);
      expect(await token.ask(accessToken, { user_id })).toHaveProperty('access_token');
      expect(token.refreshCalls()).toBe(2);
    },
  );

  it('is unavailable where nobody listens', async () => {
    const { user_id } = await linked();
    await token.restart({ SPOTIFY_ACCOUNTS_URL: 'http://127.0.0.1:1' });
    await expect(token.ask(accessToken, { user_id })).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
    await token.restart();
  });

  it.each([
    ['401', /401, invalid_client/],
    ['403', /403, server_error/],
  ] as const)('that answers %s refuses this system, not the person', async (kind, why) => {
    const { user_id } = await linked();
    token.simulator.addFault({ route: '/api/token', kind, times: 1 });
    const refused = token.ask(accessToken, { user_id });
    await expect(refused).rejects.toMatchObject({ code: 'PROVIDER_REFUSED', status: 502 });
    await expect(refused).rejects.toThrow(why);
    expect(await token.ask(accessToken, { user_id })).toHaveProperty('access_token');
  });
});

describe('a grant that ended', () => {
  it('is remembered until the person signs in again', async () => {
    const tokens = await linked();
    const { user_id } = tokens;
    token.simulator.addFault({ route: '/api/token', kind: 'invalid_grant', times: 1 });
    const relink = { name: 'Refused', code: 'RELINK_REQUIRED', status: 409 };
    const refused = token.ask(accessToken, { user_id });
    await expect(refused).rejects.toMatchObject(relink);
    await expect(refused).rejects.toThrow(/sign in at Spotify again/);
    await expect(token.ask(accessToken, { user_id })).rejects.toMatchObject(relink);
    await token.restart();
    await expect(token.ask(accessToken, { user_id })).rejects.toMatchObject(relink);
    expect(token.refreshCalls()).toBe(1);
    const other = await linked();
    const everybody = { user_ids: [user_id, other.user_id, newId()] };
    expect(await token.ask(linkedUsers, everybody)).toEqual({ user_ids: [other.user_id] });

    await token.ask(storeTokens, tokens);
    expect((await token.ask(linkedUsers, everybody)).user_ids).toContain(user_id);
    expect(await token.ask(accessToken, { user_id })).toHaveProperty('access_token');
    expect(token.refreshCalls()).toBe(2);
  });

  it('ends for one person alone', async () => {
    const [ada, bo] = [await linked(), await linked()];
    token.simulator.addFault({
      route: '/api/token',
      kind: 'invalid_grant',
      user: ada.refresh_token.replace('sim-refresh-', ''),
    });
    await expect(token.ask(accessToken, { user_id: ada.user_id })).rejects.toMatchObject({
      code: 'RELINK_REQUIRED',
    });
    expect(await token.ask(accessToken, { user_id: bo.user_id })).toHaveProperty('access_token');
  });
});

describe('the simulator', () => {
  it('is refused where Spotify is meant, and leaves the stored tokens as they are', async () => {
    const { user_id } = await linked();
    const before = await token.row(user_id);
    await token.restart({ SPOTIFY_MODE: 'spotify', SPOTIFY_CLIENT_ID: 'app' });
    for (const fault of [undefined, 'invalid_grant', '5xx'] as const) {
      if (fault) token.simulator.addFault({ route: '/api/token', kind: fault, times: 1 });
      const refused = token.ask(accessToken, { user_id });
      await expect(refused).rejects.toMatchObject({ code: 'SIMULATED_PROVIDER', status: 502 });
      await expect(refused).rejects.toThrow(/SPOTIFY_MODE is spotify/);
    }
    expect(await token.row(user_id)).toEqual(before);
    await token.restart();
  });

  it('must be named where it is meant', async () => {
    await expect(token.restart({ SPOTIFY_ACCOUNTS_URL: 'https://accounts.spotify.com/' })).rejects.toThrow(
      /SPOTIFY_ACCOUNTS_URL: must be the address of the simulator/,
    );
    await expect(token.restart({ SPOTIFY_MODE: '' })).rejects.toThrow(/SPOTIFY_MODE: /);
    await token.restart();
  });
});

it('must answer before whoever asks gives up', async () => {
  await expect(token.restart({ SPOTIFY_TIMEOUT_SECONDS: '13' })).rejects.toThrow(/SPOTIFY_TIMEOUT_SECONDS: /);
  await token.restart();
});

it('does not refresh without a Spotify app', async () => {
  const { user_id } = await linked();
  await token.restart({ SPOTIFY_MODE: 'spotify' });
  const refused = token.ask(accessToken, { user_id });
  await expect(refused).rejects.toMatchObject({ code: 'PROVIDER_NOT_CONFIGURED', status: 503 });
  await expect(refused).rejects.toThrow(/SPOTIFY_CLIENT_ID/);
  expect(token.refreshCalls()).toBe(0);
  await token.restart();
});
