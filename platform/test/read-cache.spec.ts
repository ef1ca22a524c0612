import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ANSWER_MS } from '../src/cache/in-time.js';
import type { ReadCache } from '../src/cache/read-cache.js';
import { eventually } from '../src/test-kit/eventually.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';
import { gate } from './fixtures/child.js';
import { newGroup, OpenedCaches } from './fixtures/opened-caches.js';

const answer = z.object({ text: z.string() });
type Answer = z.output<typeof answer>;
const SECONDS = 100;
/** Far longer than an answer from memory takes, far shorter than any connection attempt. */
const AT_ONCE_MS = 1_000;

describe('the read cache', () => {
  let caches: OpenedCaches;
  beforeAll(async () => {
    caches = await OpenedCaches.start();
  });
  afterAll(() => caches?.stop());
  const open = (url?: string, answerMs?: number) => caches.open(url, answerMs);
  const isUp = (cache: ReadCache) => caches.isUp(cache);
  const up = (cache: ReadCache) => caches.up(cache);

  it('loads once and remembers, until the time is over or the group is dropped', async () => {
    const { redis, cache } = open();
    await up(cache);
    const group = newGroup();
    let loads = 0;
    const load = async () => {
      loads += 1;
      return { text: `load ${loads}` };
    };
    const ask = () => cache.readThrough(group, 'a', answer, SECONDS, load);
    expect(await ask()).toEqual({ text: 'load 1' });
    expect(await ask()).toEqual({ text: 'load 1' });
    const ttl = await redis.ttl(group);
    expect(ttl).toBeGreaterThan(SECONDS - 10);
    expect(ttl).toBeLessThanOrEqual(SECONDS);
    cache.drop(group);
    expect(await ask()).toEqual({ text: 'load 2' });
    expect(await cache.read(group, 'b', answer)).toBeUndefined();
  });

  it('lets one of many callers load', async () => {
    const { redis, cache } = open();
    await up(cache);
    const loading = gate();
    const group = newGroup();
    let loads = 0;
    const load = async (): Promise<Answer> => {
      loads += 1;
      await loading.opened;
      return { text: 'one' };
    };
    const asked = Array.from({ length: 50 }, () => cache.readThrough(group, 'a', answer, SECONDS, load));
    await eventually('somebody loads', () => loads > 0);
    // All have asked: on the one connection what they wait for is answered before these, step by step.
    for (let step = 0; step < 5; step += 1) await redis.ping();
    loading.open();
    expect(new Set((await Promise.all(asked)).map(({ text }) => text))).toEqual(new Set(['one']));
    expect(loads).toBe(1);
  });

  it('does not remember a load that failed', async () => {
    const { cache } = open();
    await up(cache);
    const group = newGroup();
    let loads = 0;
    const load = async (): Promise<Answer> => {
      loads += 1;
      if (loads === 1) throw new Error('no database');
      return { text: 'now' };
    };
    await expect(cache.readThrough(group, 'a', answer, SECONDS, load)).rejects.toThrow('no database');
    expect(await cache.readThrough(group, 'a', answer, SECONDS, load)).toEqual({ text: 'now' });
  });

  it('does not keep an answer that was dropped while it was loaded', async () => {
    const reader = open().cache;
    const writer = open().cache;
    await Promise.all([up(reader), up(writer)]);
    const group = newGroup();
    const stale = await reader.readThrough(group, 'a', answer, SECONDS, async () => {
      writer.drop(group);
      // The drop is sent before this read is, on the same connection.
      await writer.read(group, 'a', answer);
      return { text: 'from before' };
    });
    expect(stale).toEqual({ text: 'from before' });
    expect(await reader.read(group, 'a', answer)).toBeUndefined();
    expect(await reader.readThrough(group, 'a', answer, SECONDS, async () => ({ text: 'after' }))).toEqual({
      text: 'after',
    });
    expect(await reader.read(group, 'a', answer)).toEqual({ text: 'after' });
  });

  it('does not give a caller what was loaded before a drop that the caller came after', async () => {
    const reader = open().cache;
    const writer = open().cache;
    await Promise.all([up(reader), up(writer)]);
    const group = newGroup();
    const slow = gate();
    let isLoading = false;
    const first = reader.readThrough(group, 'a', answer, SECONDS, async () => {
      isLoading = true;
      await slow.opened;
      return { text: 'from before' };
    });
    await eventually('the first loads', () => isLoading);
    writer.drop(group);
    await writer.read(group, 'a', answer);
    const second = reader.readThrough(group, 'a', answer, SECONDS, async () => ({ text: 'after' }));
    expect(await second).toEqual({ text: 'after' });
    slow.open();
    expect(await first).toEqual({ text: 'from before' });
    expect(await reader.read(group, 'a', answer)).toEqual({ text: 'after' });
  });

  it('writes through, with a time to live', async () => {
    const { redis, cache } = open();
    await up(cache);
    const group = newGroup();
    cache.write(group, 'a', { text: 'written' }, SECONDS, 1);
    expect(await cache.read(group, 'a', answer)).toEqual({ text: 'written' });
    expect(await redis.ttl(group)).toBeGreaterThan(SECONDS - 10);
  });

  it('leaves the later of two versions, whichever is written last', async () => {
    const { redis, cache } = open();
    await up(cache);
    const group = newGroup();
    cache.write(group, 'a', { text: 'started' }, SECONDS, 9);
    cache.write(group, 'a', { text: 'ended' }, SECONDS, 10);
    // Of a process that was frozen before it could write.
    cache.write(group, 'a', { text: 'started' }, 5, 9);
    expect(await cache.read(group, 'a', answer)).toEqual({ text: 'ended' });
    expect(await redis.ttl(group)).toBeGreaterThan(SECONDS - 10);
  });

  it('leaves the later of two versions also where its answer has expired', async () => {
    const { redis, cache } = open();
    await up(cache);
    const group = newGroup();
    cache.write(group, 'a', { text: 'further' }, 1, 10);
    expect(await cache.read(group, 'a', answer)).toEqual({ text: 'further' });
    await eventually('it has expired', async () => (await redis.exists(group)) === 0);
    // Of a process that was frozen for longer than that.
    cache.write(group, 'a', { text: 'running' }, SECONDS, 9);
    expect(await cache.read(group, 'a', answer)).toBeUndefined();
  });

  it.each([['not { json'], ['{"other":1}']])('takes %s for nothing', async (damaged) => {
    const { redis, cache } = open();
    await up(cache);
    const group = newGroup();
    await redis.hset(group, 'a', damaged);
    expect(await cache.read(group, 'a', answer)).toBeUndefined();
    expect(await cache.readThrough(group, 'a', answer, SECONDS, async () => ({ text: 'whole' }))).toEqual({
      text: 'whole',
    });
    expect(await cache.read(group, 'a', answer)).toEqual({ text: 'whole' });
  });

  it('is slower, but neither wrong nor waiting, while Redis is dead', async () => {
    const { cache } = open(caches.server.url, ANSWER_MS);
    const { cache: patient } = open();
    await Promise.all([up(cache), up(patient)]);
    const group = newGroup();
    patient.write(group, 'a', { text: 'cached' }, SECONDS, 1);
    expect(await patient.read(group, 'a', answer)).toEqual({ text: 'cached' });
    await caches.server.kill();
    try {
      const load = async () => ({ text: 'loaded' });
      for (const state of ['just now', 'noticed']) {
        const since = Date.now();
        expect(await cache.readThrough(group, state, answer, SECONDS, load)).toEqual({ text: 'loaded' });
        expect(await cache.read(group, state, answer)).toBeUndefined();
        expect(Date.now() - since).toBeLessThan(AT_ONCE_MS);
        await eventually('it is known to be gone', () => !isUp(cache));
      }
    } finally {
      await caches.server.restart();
    }
    await Promise.all([up(cache), up(patient)]);
    cache.write(group, 'a', { text: 'again' }, SECONDS, 1);
    const again = await eventually('it is cached again', () => cache.read(group, 'a', answer));
    expect(again).toEqual({ text: 'again' });
  });

  it('drops what it was told to drop while Redis was away, before anything is read again', async () => {
    const proxy = await TcpProxy.to(caches.server.url);
    const { cache } = open(proxy.url);
    await up(cache);
    const groups = Array.from({ length: 20 }, newGroup);
    for (const group of groups) cache.write(group, 'a', { text: 'old' }, SECONDS, 1);
    for (const group of groups) expect(await cache.read(group, 'a', answer)).toEqual({ text: 'old' });
    await proxy.close();
    await eventually('it is known to be gone', () => !isUp(cache));
    for (const group of groups) cache.drop(group);
    await proxy.open();
    // The very first answers that are not due to the absence of Redis.
    await eventually('Redis is back', () => isUp(cache));
    for (const group of groups) expect(await cache.read(group, 'a', answer)).toBeUndefined();
    await proxy.close();
  });

  it('keeps no more than the groups to drop while Redis is away', async () => {
    const proxy = await TcpProxy.to(caches.server.url);
    const { redis, cache } = open(proxy.url);
    await up(cache);
    const [dropped, written] = [newGroup(), newGroup()];
    await proxy.close();
    await eventually('it is known to be gone', () => !isUp(cache));
    for (let times = 0; times < 50; times += 1) {
      cache.drop(dropped);
      cache.write(written, 'a', { text: 'written while it was away' }, SECONDS, 1);
    }
    await proxy.open();
    await eventually('Redis is back', () => isUp(cache));
    expect(await redis.get(`${dropped}:generation`)).toBe('1');
    expect(await cache.read(written, 'a', answer)).toBeUndefined();
    await proxy.close();
  });

  it('drops again what was on its way when the connection went', async () => {
    const proxy = await TcpProxy.to(caches.server.url);
    const { cache } = open(proxy.url);
    await up(cache);
    const group = newGroup();
    cache.write(group, 'a', { text: 'old' }, SECONDS, 1);
    expect(await cache.read(group, 'a', answer)).toEqual({ text: 'old' });
    proxy.silent = true;
    cache.drop(group);
    await proxy.close();
    await eventually('it is known to be gone', () => !isUp(cache));
    proxy.silent = false;
    await proxy.open();
    await eventually('Redis is back', () => isUp(cache));
    expect(await cache.read(group, 'a', answer)).toBeUndefined();
    await proxy.close();
  });

  it('does not wait for a Redis that says nothing', async () => {
    const proxy = await TcpProxy.to(caches.server.url);
    const { cache } = open(proxy.url, ANSWER_MS);
    await up(cache);
    proxy.silent = true;
    const since = Date.now();
    expect(
      await cache.readThrough(newGroup(), 'a', answer, SECONDS, async () => ({ text: 'loaded' })),
    ).toEqual({ text: 'loaded' });
    expect(Date.now() - since).toBeLessThan(AT_ONCE_MS);
    await proxy.close();
  });
});
