import { ReadCache } from '@undertone/platform/cache/read-cache';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent, testRedis } from '@undertone/platform/test-kit/infrastructure';
import type { TestSystem } from './system.js';

/** Writes what the owning service would, and waits until it is there. */
export type WriteToCache = (group: string, field: string, value: unknown) => Promise<void>;

/** The cache of a system, as the services behind the gateway write it. */
export async function serviceCache(system: TestSystem): Promise<WriteToCache> {
  const redis = testRedis(system.infrastructure);
  system.onStop(async () => redis.disconnect());
  const cache = new ReadCache(redis, silent);
  await eventually('Redis is connected', () => cache.isUp);
  return async (group, field, value) => {
    cache.write(group, field, value, 60);
    await eventually('the cache is written', async () => (await redis.hexists(group, field)) === 1);
  };
}
