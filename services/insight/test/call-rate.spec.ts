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

  /** A model whose clock a test moves on: by so many ms, all that Redis knows of it was earlier. */
  const aModel = (perMinute: number) => {
    const model = newId();
    const calls = `v1:model-calls:${model}`;
    const earlier = async (key: string, ms: number): Promise<void> => {
      for (const [member, score] of pairs(await redis.zrange(key, '0', '-1', 'WITHSCORES'))) {
        await redis.zadd(key, Number(score) - ms, member);
      }
    };
    return {
      take: (job = newId(), isUnderWay = false) =>
        rate.take(model, perMinute, 'interactive', job, isUnderWay).then((turn) => turn?.getTime()),
      takeBulk: (job = newId()) => rate.take(model, perMinute, 'bulk', job).then((turn) => turn?.getTime()),
      passes: async (ms: number): Promise<void> => {
        await earlier(calls, ms);
        await earlier(`${calls}:waiting:interactive`, ms);
        const next = await redis.get(`${calls}:turn:interactive`);
        if (next) await redis.set(`${calls}:turn:interactive`, String(Number(next) - ms));
      },
    };
  };

  it('is kept by who comes a moment before it, and is nobody else’s', async () => {
    const { take } = aModel(2);
    const job = newId();
    expect([await take(), await take()]).toEqual([undefined, undefined]);
    const turn = (await take(job)) ?? 0;
    expect(await take(job)).toBe(turn);
    expect(await take()).toBe(turn + 30_000);
    expect(await take(job)).toBe(turn);
  });

  it.each([
    ['interactive', 60_000],
    ['bulk', 3_600_000],
  ] as const)(
    'is in the %s lane at most %i ms after a call is free, however many never come',
    async (lane, longest) => {
      const model = newId();
      await rate.take(model, 1, lane, newId());
      const first = await rate.take(model, 1, lane, newId());
      expect(first).toBeDefined();
      const free = first?.getTime() ?? 0;
      for (let asked = 0; asked < 150; asked += 1) {
        const turn = await rate.take(model, 1, lane, newId());
        expect(turn?.getTime()).toBeLessThanOrEqual(free + longest);
      }
    },
  );

  it('is another one when it was missed and the call is somebody else’s', async () => {
    const { take, takeBulk, passes } = aModel(2);
    const job = newId();
    await take();
    await take();
    const turn = (await take(job)) ?? 0;
    await passes(turn - Date.now() + 1_000);
    expect(await takeBulk()).toBeUndefined();
    expect(await take(newId(), true)).toBeUndefined();
    expect(await take(job)).toBeGreaterThan(Date.now());
  });

  it('is none when a call is free', async () => {
    const { take, passes } = aModel(2);
    expect([await take(), await take()]).toEqual([undefined, undefined]);
    await passes(61_000);
    expect([await take(), await take()]).toEqual([undefined, undefined]);
  });

  it('is overtaken by no newcomers, also where a call is free and it is still to come', async () => {
    const { take, passes } = aModel(3);
    for (let made = 0; made < 3; made += 1) await take();
    const [first, second] = [newId(), newId()];
    const turns = [(await take(first)) ?? 0, (await take(second)) ?? 0];
    await passes((turns[0] ?? 0) - Date.now() + 1);
    const newcomers: number[] = [];
    for (let asked = 0; asked < 5; asked += 1) newcomers.push((await take()) ?? 0);
    expect(await take(first)).toBeUndefined();
    const until = (await take(second)) ?? Date.now();
    expect(Math.min(...newcomers)).toBeGreaterThan(until);
  });

  it('is kept in the order of asking by who finds no call at it: those who asked later come after it', async () => {
    const { take, takeBulk, passes } = aModel(2);
    await take();
    await passes(1_000);
    await take();
    const [first, later] = [newId(), newId()];
    const turn = (await take(first)) ?? 0;
    await take(later);
    await passes(turn - Date.now() + 1);
    expect(await takeBulk(newId())).toBeGreaterThan(Date.now());
    // The call that is free goes to a job in the middle of its work.
    expect(await take(newId(), true)).toBeUndefined();
    const again = (await take(first)) ?? 0;
    await passes(again - Date.now() + 1);
    expect(await take(newId())).toBeGreaterThan(Date.now());
    expect(await take(later)).toBeGreaterThan(Date.now());
    expect(await take(first)).toBeUndefined();
  });

  it('of a job that was cancelled keeps newcomers away for its own share of the minute', async () => {
    const { take, passes } = aModel(2);
    await take();
    await take();
    const turn = (await take()) ?? 0;
    await passes(turn - Date.now() + 1_000);
    const newcomer = newId();
    const next = (await take(newcomer)) ?? 0;
    expect(next).toBeLessThanOrEqual(Date.now() + 30_000);
    await passes(next - Date.now() + 1);
    expect(await take(newcomer)).toBeUndefined();
    expect(await take()).toBeUndefined();
  });
});

const pairs = (flat: readonly string[]): [string, string][] =>
  Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at] ?? '', flat[2 * at + 1] ?? '']);
