import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ANSWER_MS } from '../src/cache/in-time.js';
import { connectRedis, ReadCache } from '../src/cache/read-cache.js';
import { RedisBreaker } from '../src/cache/redis-breaker.js';
import { eventually } from '../src/test-kit/eventually.js';
import { type Freezable, freezable } from '../src/test-kit/freezable.js';
import { silent } from '../src/test-kit/infrastructure.js';
import { startTestRedis, type TestServer } from '../src/test-kit/servers.js';
import { gate } from './fixtures/child.js';

const answer = z.object({ text: z.string() });
const SECONDS = 100;
const PATIENT_MS = 15_000;

/** One process whose Redis hangs, and another one, which reaches it. */
describe('the cache of a process whose Redis hangs', () => {
  let server: TestServer;
  let proxy: Freezable;
  let cache: ReadCache;
  let breaker: RedisBreaker;
  let other: ReadCache;
  let redis: Redis;
  const said: string[] = [];
  const clients: Redis[] = [];
  const open = async (url: string, answerMs: number) => {
    const client = connectRedis({ REDIS_URL: url }, 'test:', silent);
    clients.push(client);
    const opened = new RedisBreaker(client, silent, answerMs);
    await eventually('Redis is there', () => opened.isUp);
    return opened;
  };
  beforeAll(async () => {
    server = await startTestRedis();
  });
  beforeEach(async () => {
    proxy = await freezable(server.url);
    said.length = 0;
    breaker = await open(proxy.url, ANSWER_MS);
    cache = new ReadCache(breaker, pino({ level: 'warn' }, { write: (line: string) => said.push(line) }));
    const direct = await open(server.url, PATIENT_MS);
    redis = direct.redis;
    other = new ReadCache(direct, silent);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await proxy.close();
  });
  afterAll(() => server?.stop());

  const newGroup = () => `v1:answers:${randomUUID()}`;
  const ask = (from: ReadCache, group: string, load: () => Promise<{ text: string }>) =>
    from.readThrough(group, 'a', answer, SECONDS, load);
  const always = (text: string) => async () => ({ text });
  /** What was sent on a connection before this has been done. */
  const settled = (from: ReadCache) => from.read('nothing', 'a', answer);
  const hang = async () => {
    proxy.freeze();
    await settled(cache);
    expect(breaker.isUp).toBe(false);
  };
  const wakeUp = async () => {
    proxy.thaw();
    await eventually('Redis answers again', () => breaker.isUp);
  };

  it('costs one wait, however often it is looked at', async () => {
    const group = newGroup();
    await ask(cache, group, always('cached'));
    proxy.freeze();
    for (let look = 0; look < 20; look += 1) {
      expect(await ask(cache, group, always('loaded'))).toEqual({ text: 'loaded' });
      expect(await cache.read(group, 'a', answer)).toBeUndefined();
    }
    expect(said.filter((line) => line.includes('no answer within'))).toHaveLength(1);
    await wakeUp();
    expect(await ask(cache, group, always('loaded'))).toEqual({ text: 'cached' });
  });

  it('drops what it was told to drop meanwhile, before it reads again', async () => {
    const groups = Array.from({ length: 10 }, newGroup);
    for (const group of groups) await ask(cache, group, always('from before'));
    await hang();
    for (const group of groups) cache.drop(group);
    await wakeUp();
    for (const group of groups) expect(await ask(cache, group, always('after'))).toEqual({ text: 'after' });
  });

  it('is not forgotten by a process that stops what it was to drop', async () => {
    const [first, second] = [newGroup(), newGroup()];
    for (const group of [first, second]) await ask(cache, group, always('from before'));
    proxy.freeze();
    cache.drop(first);
    await eventually('it is not answered', () => !breaker.isUp);
    cache.drop(second);
    let isSettled = false;
    const settling = cache.settle(20_000).then(() => {
      isSettled = true;
    });
    await cache.settle(200);
    expect(isSettled).toBe(false);
    expect(said.at(-1)).toContain('"groups":2');
    proxy.thaw();
    await settling;
    for (const group of [first, second]) expect(await other.read(group, 'a', answer)).toBeUndefined();
  });

  it('does not put back, when Redis wakes up, an answer that was dropped meanwhile', async () => {
    const group = newGroup();
    const [begun, end] = [gate(), gate()];
    const asked = ask(cache, group, async () => {
      begun.open();
      await end.opened;
      return { text: 'from before' };
    });
    await begun.opened;
    proxy.freeze();
    // It is sent, and not answered.
    end.open();
    await asked;
    other.drop(group);
    await settled(other);
    await wakeUp();
    await settled(cache);
    expect(await other.read(group, 'a', answer)).toBeUndefined();
  });

  it('does not show, when Redis wakes up, a state after which a later one could not be written', async () => {
    const group = newGroup();
    proxy.freeze();
    cache.write(group, 'a', { text: 'running' }, SECONDS, 9);
    await eventually('it is not answered', () => !breaker.isUp);
    cache.write(group, 'a', { text: 'ended' }, SECONDS, 10);
    await wakeUp();
    await settled(cache);
    expect(await redis.get(`${group}:version:a`)).toBe('9');
    expect(await other.read(group, 'a', answer)).toBeUndefined();
  });

  it('gives who comes after a commit nothing that somebody else began to load before it', async () => {
    const group = newGroup();
    await hang();
    const [begun, end] = [gate(), gate()];
    const first = ask(cache, group, async () => {
      begun.open();
      await end.opened;
      return { text: 'from before' };
    });
    await begun.opened;
    // Another process commits, which nobody is told of here.
    const second = ask(cache, group, always('after'));
    await new Promise(setImmediate);
    end.open();
    expect(await second).toEqual({ text: 'after' });
    expect(await first).toEqual({ text: 'from before' });
  });
});
