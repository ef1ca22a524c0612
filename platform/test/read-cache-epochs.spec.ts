import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ANSWER_MS } from '../src/cache/in-time.js';
import { CacheUnavailable, type ReadCache } from '../src/cache/read-cache.js';
import { eventually } from '../src/test-kit/eventually.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';
import { gate } from './fixtures/child.js';
import { newGroup, OpenedCaches } from './fixtures/opened-caches.js';

const answer = z.object({ text: z.string() });
type Answer = z.output<typeof answer>;
const SECONDS = 100;

describe('the read cache with an epoch', () => {
  let caches: OpenedCaches;
  beforeAll(async () => {
    caches = await OpenedCaches.start();
  });
  afterAll(() => caches?.stop());
  const open = (url?: string, answerMs?: number) => caches.open(url, answerMs);
  const isUp = (cache: ReadCache) => caches.isUp(cache);
  const up = (cache: ReadCache) => caches.up(cache);

  const newEpoch = () => `v1:epoch:${randomUUID()}`;
  const always = (text: string) => async () => ({ text });
  const ask = (cache: ReadCache, group: string, epoch: string, load: () => Promise<Answer>) =>
    cache.readThrough(group, 'a', answer, SECONDS, load, epoch);
  /** Opens it, and waits until that is done. */
  const opened = async (cache: ReadCache, redis: Redis, epoch: string, closer: string) => {
    cache.openEpoch(epoch, closer);
    await redis.ping();
  };

  it('reads, fills and shares nothing while it is closed, in any process', async () => {
    const [closer, reader] = [open().cache, open().cache];
    await Promise.all([up(closer), up(reader)]);
    const [group, epoch] = [newGroup(), newEpoch()];
    expect(await ask(reader, group, epoch, always('before'))).toEqual({ text: 'before' });
    expect(await ask(reader, group, epoch, always('not asked'))).toEqual({ text: 'before' });
    await closer.closeEpoch(epoch, 'a switch');
    expect(await reader.read(group, 'a', answer, epoch)).toBeUndefined();
    const slow = gate();
    const first = ask(reader, group, epoch, async () => {
      await slow.opened;
      return { text: 'one' };
    });
    expect(await ask(reader, group, epoch, always('two'))).toEqual({ text: 'two' });
    slow.open();
    expect(await first).toEqual({ text: 'one' });
    expect(await ask(reader, group, epoch, always('three'))).toEqual({ text: 'three' });
  });

  it('reads nothing from before once it is open again, and fills anew', async () => {
    const { redis, cache } = open();
    await up(cache);
    const [group, epoch] = [newGroup(), newEpoch()];
    await ask(cache, group, epoch, always('before'));
    await cache.closeEpoch(epoch, 'a switch');
    await opened(cache, redis, epoch, 'a switch');
    expect(await cache.read(group, 'a', answer, epoch)).toBeUndefined();
    await ask(cache, group, epoch, always('after'));
    expect(await ask(cache, group, epoch, always('not asked'))).toEqual({ text: 'after' });
  });

  it.each(['is still closed', 'is open again'])(
    'gives nobody what was loaded before it was closed, where that comes when it %s',
    async (when) => {
      const { redis, cache } = open();
      await up(cache);
      const [group, epoch] = [newGroup(), newEpoch()];
      const slow = gate();
      let isLoading = false;
      const straggler = ask(cache, group, epoch, async () => {
        isLoading = true;
        await slow.opened;
        return { text: 'before' };
      });
      await eventually('it loads', () => isLoading);
      await cache.closeEpoch(epoch, 'a switch');
      if (when === 'is open again') {
        await opened(cache, redis, epoch, 'a switch');
        // Nor is it shared with who comes later.
        expect(await ask(cache, group, epoch, always('after'))).toEqual({ text: 'after' });
      }
      slow.open();
      expect(await straggler).toEqual({ text: 'before' });
      await opened(cache, redis, epoch, 'a switch');
      expect(await ask(cache, group, epoch, always('anew'))).toEqual({ text: 'anew' });
    },
  );

  it('is opened by nobody but who closed it last', async () => {
    const { redis, cache } = open();
    await up(cache);
    const [group, epoch] = [newGroup(), newEpoch()];
    await cache.closeEpoch(epoch, 'one');
    await cache.closeEpoch(epoch, 'two');
    await opened(cache, redis, epoch, 'one');
    await ask(cache, group, epoch, always('between'));
    expect(await cache.read(group, 'a', answer, epoch)).toBeUndefined();
    await opened(cache, redis, epoch, 'two');
    // Both of who applied the event open it; the second time changes nothing.
    await ask(cache, group, epoch, always('after'));
    await opened(cache, redis, epoch, 'two');
    expect(await cache.read(group, 'a', answer, epoch)).toEqual({ text: 'after' });
  });

  it('has another value after each of two switches', async () => {
    const { redis, cache } = open();
    await up(cache);
    const [group, epoch] = [newGroup(), newEpoch()];
    for (const text of ['first', 'second', 'third']) {
      expect(await ask(cache, group, epoch, always(text))).toEqual({ text });
      await cache.closeEpoch(epoch, text);
      await opened(cache, redis, epoch, text);
    }
  });

  it('opens by itself five minutes after a process died, when no answer from before is left', async () => {
    const { redis, cache } = open();
    await up(cache);
    const [group, epoch] = [newGroup(), newEpoch()];
    await cache.closeEpoch(epoch, 'who died');
    const left = await redis.ttl(epoch);
    expect(left).toBeGreaterThan(SECONDS);
    expect(left).toBeLessThanOrEqual(300);
    // As if they were over.
    await redis.pexpire(epoch, 1);
    await eventually('it is over', async () => (await redis.exists(epoch)) === 0);
    await ask(cache, group, epoch, always('anew'));
    expect(await ask(cache, group, epoch, always('not asked'))).toEqual({ text: 'anew' });
  });

  it('is not closed while Redis is away or says nothing, and readers do without it', async () => {
    const proxy = await TcpProxy.to(caches.server.url);
    const { cache } = open(proxy.url, ANSWER_MS);
    await up(cache);
    const [group, epoch] = [newGroup(), newEpoch()];
    await ask(cache, group, epoch, always('cached'));
    proxy.silent = true;
    await expect(cache.closeEpoch(epoch, 'a switch')).rejects.toThrow(CacheUnavailable);
    expect(await ask(cache, group, epoch, always('loaded'))).toEqual({ text: 'loaded' });
    await proxy.close();
    await eventually('it is known to be gone', () => !isUp(cache));
    await expect(cache.closeEpoch(epoch, 'a switch')).rejects.toThrow(CacheUnavailable);
    cache.openEpoch(epoch, 'a switch');
    expect(await ask(cache, group, epoch, always('loaded'))).toEqual({ text: 'loaded' });
  });

  it('takes an answer of no epoch for nothing', async () => {
    const { cache } = open();
    await up(cache);
    const [group, epoch] = [newGroup(), newEpoch()];
    cache.write(group, 'a', { text: 'of no epoch' }, SECONDS, 1);
    expect(await cache.read(group, 'a', answer, epoch)).toBeUndefined();
  });
});
