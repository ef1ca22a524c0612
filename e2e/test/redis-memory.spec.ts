import { insightsEpoch } from '@undertone/contracts/insight/cache-keys';
import { snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import { startTestRedis } from '@undertone/platform/test-kit/servers';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { redisMemory } from '../../deploy/access.mjs';

const DAY_SECONDS = 24 * 60 * 60;
const KEPT = 200;
const CACHED = 6_000;

it('gives up cached answers alone where memory runs out', async () => {
  const small = redisMemory().replace(/^maxmemory \S+$/m, 'maxmemory 6mb');
  const server = await startTestRedis({ configuration: () => small });
  const redis = new Redis(server.url);
  try {
    await redis.set(insightsEpoch, 'an epoch');
    for (let at = 0; at < KEPT; at += 1) await redis.set(`idempotency:x:${at}`, 'used', 'EX', DAY_SECONDS);
    for (let at = 0; at < CACHED; at += 1) {
      const group = snapshotsGroup(String(at));
      await redis.multi().hset(group, 'page', 'x'.repeat(2_000)).expire(group, 30).exec();
    }
    const left = async (pattern: string) => (await redis.keys(pattern)).length;
    expect(await left(snapshotsGroup('*'))).toBeLessThan(CACHED / 2);
    expect(await left('idempotency:*')).toBe(KEPT);
    expect(await redis.get(insightsEpoch)).toBe('an epoch');
    // Memory is taken by what may go, so writes go on.
    expect(await redis.set('idempotency:x:last', 'used', 'EX', DAY_SECONDS)).toBe('OK');
  } finally {
    redis.disconnect();
    await server.stop();
  }
});
