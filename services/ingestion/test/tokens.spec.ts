import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';

describe('an ingest', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness.stop());

  it.each([
    ['of a person who linked no account', 'NOT_LINKED', 409],
    ['of a person whose link has ended', 'RELINK_REQUIRED', 409],
    ['of a person whom nobody knows', 'USER_NOT_FOUND', 404],
  ])('%s fails at once with the reason that the token service gave', async (_, code, status) => {
    const userId = newId();
    harness.tokens.refuse(userId, { code, status, message: `refused: ${code}` }, 9);
    const { task } = await harness.ingest(userId, 'short_term');
    expect(task).toMatchObject({
      status: 'FAILURE',
      attempt: 1,
      error: { code, message: `refused: ${code}` },
    });
    expect(harness.tokens.asked(userId)).toBe(1);
    expect(await harness.listening(userId)).toEqual([]);
    expect(harness.simulator.calls.summary().total).toBe(0);
  });

  it('is tried again when the token service cannot give a token now', async () => {
    const userId = newId();
    harness.tokens.refuse(userId, { code: 'PROVIDER_UNAVAILABLE', status: 503, message: 'later' });
    const { task } = await harness.ingest(userId, 'short_term');
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(await harness.listening(userId)).toHaveLength(3);
  });

  it('takes nothing from a simulator that stands where Spotify should', async () => {
    await harness.restart({ SPOTIFY_MODE: 'spotify' });
    const userId = newId();
    const { task } = await harness.ingest(userId, 'short_term');
    expect(task).toMatchObject({ status: 'FAILURE', attempt: 1, error: { code: 'SIMULATOR_UNEXPECTED' } });
    expect(await harness.listening(userId)).toEqual([]);
  });
});
