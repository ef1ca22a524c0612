import { connectRedis } from '@undertone/platform/cache/read-cache';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { startTestRedis, type TestServer } from '@undertone/platform/test-kit/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallRate } from '../src/language-models/call-rate.js';

describe('the turn of a call that must wait', () => {
  let server: TestServer;
  let redis: ReturnType<typeof connectRedis>;
  let rate: CallRate;
  beforeAll(async () => {
    server = await startTestRedis();
    redis = connectRedis({ REDIS_URL: server.url }, 'test:', silent);
    await eventually('Redis is there', () => redis.status === 'ready');
    rate = new CallRate(new RedisBreaker(redis, silent, 15_000), silent);
  });
  afterAll(async () => {
    redis.disconnect();
    await server?.stop();
  });

  it('is kept by who comes a moment before it, and is nobody else’s', async () => {
    const model = newId();
    const take = (held?: Date) => rate.take(model, 2, 'interactive', held);
    expect([await take(), await take()]).toEqual([undefined, undefined]);
    const turn = await take();
    expect(await take(turn)).toEqual(turn);
    const next = await take();
    expect(next?.getTime()).toBe((turn?.getTime() ?? 0) + 30_000);
    expect(await take(turn)).toEqual(turn);
  });

  it.each([
    ['interactive', 60_000],
    ['bulk', 3_600_000],
  ] as const)(
    'is in the %s lane at most %i ms after a call is free, however many never come',
    async (lane, longest) => {
      const model = newId();
      await rate.take(model, 1, lane);
      const first = await rate.take(model, 1, lane);
      expect(first).toBeDefined();
      const free = first?.getTime() ?? 0;
      for (let asked = 0; asked < 150; asked += 1) {
        const turn = await rate.take(model, 1, lane);
        expect(turn?.getTime()).toBeLessThanOrEqual(free + longest);
      }
    },
  );

  it('is another one when it was missed, and none when a call is free', async () => {
    const model = newId();
    const calls = `v1:model-calls:${model}`;
    const take = (held?: Date) => rate.take(model, 1, 'interactive', held);
    await take();
    const past = new Date(Date.now() - 1_000);
    expect((await take(past))?.getTime()).toBeGreaterThan(Date.now());
    await redis.del(calls);
    expect(await take(new Date(Date.now() + 60_000))).toBeUndefined();
  });
});
