import { redisRules } from '@undertone/contracts/servers/redis-permissions';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ANSWER_MS, NoAnswerInTime } from '../src/cache/in-time.js';
import { openRedis } from '../src/cache/open-redis.js';
import { connectRedis } from '../src/cache/read-cache.js';
import { RedisBreaker, RedisRefused, RedisUnavailable } from '../src/cache/redis-breaker.js';
import { checkHealth, redisCheck } from '../src/health/health.js';
import { createLogger } from '../src/logging/logger.js';
import { eventually } from '../src/test-kit/eventually.js';
import { type Freezable, freezable } from '../src/test-kit/freezable.js';
import { silent } from '../src/test-kit/infrastructure.js';
import { startTestRedis, type TestServer } from '../src/test-kit/servers.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';

describe('the breaker of a connection to Redis', () => {
  let server: TestServer;
  const clients: Redis[] = [];
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    server = await startTestRedis();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    for (const end of ends.splice(0)) await end();
  });
  afterAll(() => server?.stop());

  async function open(url: string, answerMs = ANSWER_MS): Promise<RedisBreaker> {
    const redis = connectRedis({ REDIS_URL: url }, 'test:', silent);
    clients.push(redis);
    const breaker = new RedisBreaker(redis, silent, answerMs);
    await eventually('Redis is there', () => breaker.isUp);
    return breaker;
  }
  async function behindProxy(): Promise<{ proxy: Freezable; breaker: RedisBreaker }> {
    const proxy = await freezable(server.url);
    ends.push(() => proxy.close());
    return { proxy, breaker: await open(proxy.url) };
  }
  const outcome = (asked: Promise<unknown>) =>
    asked.then(
      () => 'answered',
      (error: Error) => error.name,
    );

  const happens = ({ redis }: RedisBreaker, event: 'close' | 'connect') =>
    new Promise<void>((resolve) => redis.once(event, () => resolve()));

  it('opens by the first answer that does not come, and nobody else waits until Redis answers again', async () => {
    const { proxy, breaker } = await behindProxy();
    proxy.freeze();
    const outcomes: string[] = [];
    for (let asked = 0; asked < 20; asked += 1) {
      outcomes.push(await outcome(breaker.ask((redis) => redis.get('a'))));
    }
    expect(outcomes).toEqual([NoAnswerInTime.name, ...Array(19).fill(RedisUnavailable.name)]);
    proxy.thaw();
    await eventually('it is closed', () => breaker.isUp);
    expect(await outcome(breaker.ask((redis) => redis.get('a')))).toBe('answered');
  });

  it('stays closed where this process was busy, and the answer has come meanwhile', async () => {
    const breaker = await open(server.url);
    // Timers come next, and what has arrived after them.
    await new Promise(setImmediate);
    const asked = outcome(breaker.ask((redis) => redis.get('a')));
    const until = performance.now() + 2 * ANSWER_MS;
    while (performance.now() < until);
    expect(await asked).toBe('answered');
    expect(breaker.isUp).toBe(true);
  });

  it('is down in the report on health, whoever finds Redis hanging first', async () => {
    const { proxy, breaker } = await behindProxy();
    const health = async () => (await checkHealth({ redis: redisCheck(breaker, 'gateway') })).status;
    expect(await health()).toBe('up');
    proxy.freeze();
    expect(await health()).toBe('down');
    expect(breaker.isUp).toBe(false);
    expect(await health()).toBe('down');
    proxy.thaw();
    await eventually('it is up', async () => (await health()) === 'up');
  });

  it('gives a connection that says nothing up for a new one', async () => {
    const { proxy, breaker } = await behindProxy();
    proxy.freeze();
    await outcome(breaker.ask((redis) => redis.get('a')));
    await happens(breaker, 'close');
    await happens(breaker, 'connect');
    // The new one hangs in the middle of its handshake.
    await happens(breaker, 'close');
    proxy.thaw();
    await eventually('it is closed', () => breaker.isUp);
  });

  it('sends nothing again on a new connection, where whoever asked has gone on without an answer', async () => {
    const proxy = await TcpProxy.to(server.url);
    ends.push(() => proxy.close());
    const breaker = await open(proxy.url);
    proxy.toClient = () => undefined;
    expect(await outcome(breaker.ask((redis) => redis.incr('asked')))).toBe(NoAnswerInTime.name);
    await proxy.close();
    proxy.toClient = (chunk) => chunk;
    await proxy.open();
    await eventually('it is closed', () => breaker.isUp);
    expect(await breaker.ask((redis) => redis.get('asked'))).toBe('1');
  });

  it('says that a connection ended under way, as where there is none', async () => {
    const proxy = await TcpProxy.to(server.url);
    ends.push(() => proxy.close());
    const breaker = await open(proxy.url, 15_000);
    proxy.toClient = () => undefined;
    const asked = outcome(breaker.ask((redis) => redis.get('a')));
    await proxy.close();
    expect(await asked).toBe(RedisUnavailable.name);
    expect(await outcome(breaker.ask((redis) => redis.get('a')))).toBe(RedisUnavailable.name);
  });

  it('says at once, once, and in the report on health that its user is of another prefix', async () => {
    const admin = await open(server.url);
    await admin.redis.call('ACL', 'SETUSER', 'gateway', ...redisRules('gateway', 'of-old:'), '>pw');
    const lines: string[] = [];
    const log = createLogger('test', 'error', { write: (line) => void lines.push(line) });
    const url = `redis://gateway:pw@${new URL(server.url).host}`;
    const breaker = openRedis({ REDIS_URL: url, REDIS_PREFIX: 'of-now:' }, 'gateway', log);
    clients.push(breaker.redis);
    await eventually('it says so', () => lines.length > 0);
    expect(await outcome(breaker.ask((redis) => redis.get('rate:198.51.100.7')))).toBe(RedisRefused.name);
    const { dependencies } = await checkHealth({ redis: redisCheck(breaker, 'gateway') });
    expect(dependencies.redis).toMatchObject({
      status: 'down',
      detail: expect.stringMatching(/NOPERM.*REDIS_PREFIX/),
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/NOPERM.*REDIS_PREFIX/);
    expect(lines[0]).not.toContain('198.51.100.7');

    const fitting = openRedis({ REDIS_URL: url, REDIS_PREFIX: 'of-old:' }, 'gateway', log);
    clients.push(fitting.redis);
    await eventually('it is there', () => fitting.isUp);
    expect(await checkHealth({ redis: redisCheck(fitting, 'gateway') })).toMatchObject({ status: 'up' });
  });

  it('ends its connection after the answers to what it sent', async () => {
    const proxy = await TcpProxy.to(server.url);
    ends.push(() => proxy.close());
    const leaving = await open(proxy.url, 15_000);
    proxy.delayMs = 50;
    const sent = Array.from({ length: 10 }, (_, at) => leaving.ask((to) => to.del(`key ${at}`)));
    await leaving.disconnect();
    expect(await Promise.all(sent)).toEqual(Array(10).fill(0));
  });
});
