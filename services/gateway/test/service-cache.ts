import { ReadCache } from '@undertone/platform/cache/read-cache';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent, testRedis } from '@undertone/platform/test-kit/infrastructure';
import type { TestSystem } from './system.js';

/** Writes what the owning service would, and waits until it is there. */
export type WriteToCache = (group: string, field: string, value: unknown) => Promise<void>;

/** The cache of a system, as the services behind the gateway write it. */
export async function serviceCache(system: TestSystem): Promise<WriteToCache> {
  const redis = testRedis(system.infrastructure);
  system.onStop(async () => redis.disconnect());
  const breaker = new RedisBreaker(redis, silent, 15_000);
  const cache = new ReadCache(breaker, silent);
  await eventually('Redis is connected', () => breaker.isUp);
  return async (group, field, value) => {
    cache.write(group, field, value, 60, 1);
    await eventually('the cache is written', async () => (await redis.hexists(group, field)) === 1);
  };
}
