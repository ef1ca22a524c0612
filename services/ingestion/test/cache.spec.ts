import { snapshotsField, snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { connectRedis } from '@undertone/platform/cache/read-cache';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { freePort } from '@undertone/platform/test-kit/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, NOTHING_IS_FRESH, startHarness } from './harness.js';
import { recordSnapshot } from './recorded-snapshots.js';

describe('the cache of a person’s snapshots', () => {
  let harness: Harness;
  let redis: ReturnType<typeof connectRedis>;
  beforeAll(async () => {
    harness = await startHarness({}, NOTHING_IS_FRESH);
    // Without a prefix of its own, to see where the service puts things.
    redis = connectRedis({ REDIS_URL: harness.infrastructure.redisUrl }, '', silent);
  });
  afterAll(async () => {
    redis.disconnect();
    await harness.stop();
  });

  const list = async (user_id: string) =>
    (await harness.rpc.ask(listSnapshots, { user_id, limit: 50 })).items;
  const keyOf = (userId: string) => harness.infrastructure.redisPrefix + snapshotsGroup(userId);
  const fieldOf = (userId: string) => snapshotsField({ user_id: userId, limit: 50 });
  const filled = (userId: string) =>
    eventually('the page is cached', async () => (await redis.hget(keyOf(userId), fieldOf(userId))) ?? false);

  it('is filled by a read, under the prefix of the settings, and not for ever', async () => {
    const userId = newId();
    await recordSnapshot(harness, userId, '2026-11-19', 'short_term');
    expect(await redis.exists(keyOf(userId))).toBe(0);
    const items = await list(userId);
    expect(JSON.parse(await filled(userId))).toEqual({ epoch: '', answer: { items, next: null } });
    const seconds = await redis.ttl(keyOf(userId));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(600);
  });

  it('answers the second read', async () => {
    const userId = newId();
    await recordSnapshot(harness, userId, '2026-11-19', 'short_term');
    await list(userId);
    const marked = (await filled(userId)).replace('mood-v1', 'from Redis');
    await redis.hset(keyOf(userId), fieldOf(userId), marked);
    expect(await list(userId)).toMatchObject([{ classifier_version: 'from Redis' }]);
  });

  it('does not answer with what it cannot read', async () => {
    const userId = newId();
    await recordSnapshot(harness, userId, '2026-11-19', 'short_term');
    for (const damaged of ['{"epoch":"","answer":{"items":[{}],"next":null}}', 'no JSON']) {
      await redis.hset(keyOf(userId), fieldOf(userId), damaged);
      expect(await list(userId)).toMatchObject([{ classifier_version: 'mood-v1' }]);
    }
  });

  it('is dropped by an ingest: for one person, and all pages of theirs', async () => {
    const [userId, other] = [newId(), newId()];
    await recordSnapshot(harness, userId, '2026-11-18', 'long_term');
    for (const user of [userId, other]) {
      await list(user);
      await filled(user);
    }
    await harness.rpc.ask(listSnapshots, { user_id: userId, limit: 1 });
    await harness.ingest(userId, 'short_term');
    await eventually('the group is dropped', async () => (await redis.exists(keyOf(userId))) === 0);
    expect(await redis.exists(keyOf(other))).toBe(1);
    expect(await list(userId)).toHaveLength(2);
  });

  it('is never stale once the task is done, however busily it is read', async () => {
    const userId = newId();
    let reading = true;
    const reader = (async () => {
      while (reading) await list(userId);
    })();
    for (let round = 0; round < 12; round += 1) {
      const { task } = await harness.ingest(userId, 'short_term');
      const items = await list(userId);
      expect(items.map(({ id }) => id)).toEqual([task.result?.snapshot_id]);
    }
    reading = false;
    await reader;
  });

  it('is not needed: without Redis an ingest ends, and is read', async () => {
    await harness.restart({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    const userId = newId();
    const { task } = await harness.ingest(userId, 'short_term');
    expect((await list(userId)).map(({ id }) => id)).toEqual([task.result?.snapshot_id]);
  });
});
