import { ServiceUnavailable } from '@undertone/platform/rpc/rpc-client';
import { exportJWK, type FlattenedJWSInput, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { PublishedKeys } from './signing-keys.js';

let published: { keys: object[] };
beforeAll(async () => {
  const { publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  published = { keys: [{ ...(await exportJWK(publicKey)), kid: 'known', alg: 'EdDSA', use: 'sig' }] };
});

/** Identity, that answers or is away, and counts how often it was asked. */
function identity() {
  const state = { asked: 0, isAway: false, now: 0 };
  const ask = async () => {
    state.asked += 1;
    if (state.isAway) throw new ServiceUnavailable('identity', new Error());
    return published;
  };
  const keys = new PublishedKeys({ ask } as never, () => state.now);
  const find = async (kid: string) => keys.find({ alg: 'EdDSA', kid }, {} as FlattenedJWSInput);
  /** How often it was asked while so many tokens came. */
  const askedFor = async (tokens: number, kid: string) => {
    const before = state.asked;
    for (let at = 0; at < tokens; at += 1) await find(kid).catch(() => undefined);
    return state.asked - before;
  };
  return { state, keys, find, askedFor };
}

describe('the published keys', () => {
  it.each([false, true])(
    'are asked for once in five seconds, whatever keys tokens name (away: %s)',
    async (isAway) => {
      const { state, find, askedFor } = identity();
      await find('known');
      state.isAway = isAway;
      state.now += 5_001;
      expect(await askedFor(100, 'made up')).toBe(1);
      expect(await askedFor(100, 'known')).toBe(0);
      state.now += 5_001;
      expect(await askedFor(100, 'made up')).toBe(1);
      await expect(find('known')).resolves.toBeDefined();
    },
  );

  it('go on being good while identity is away, which is asked now and then', async () => {
    const { state, find, askedFor } = identity();
    await find('known');
    state.isAway = true;
    state.now += 10 * 60_000;
    expect(await askedFor(100, 'known')).toBe(1);
    await expect(find('known')).resolves.toBeDefined();
  });

  it('are not known where identity was never there: nobody gets in, and it is asked twice a second', async () => {
    const { state, keys, find, askedFor } = identity();
    state.isAway = true;
    expect(await askedFor(100, 'known')).toBe(1);
    await expect(find('known')).rejects.toBeInstanceOf(ServiceUnavailable);
    await expect(keys.all()).rejects.toBeInstanceOf(ServiceUnavailable);
    state.isAway = false;
    state.now += 501;
    await expect(find('known')).resolves.toBeDefined();
  });

  it('are asked for at once when a token names a new one, after a while', async () => {
    const { state, find } = identity();
    await find('known');
    await expect(find('made up')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    expect(state.asked).toBe(1);
  });
});
