import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connectRedis, ReadCache } from '../src/cache/read-cache.js';
import { RedisBreaker } from '../src/cache/redis-breaker.js';
import { eventually } from '../src/test-kit/eventually.js';
import { silent } from '../src/test-kit/infrastructure.js';
import { startTestRedis, type TestServer } from '../src/test-kit/servers.js';
import { gate } from './fixtures/child.js';

const answer = z.object({ text: z.string() });
const SECONDS = 100;

describe('a group’s generation', () => {
  let server: TestServer;
  let reader: ReadCache;
  let writer: ReadCache;
  let redis: Redis;
  const clients: Redis[] = [];
  const open = async () => {
    const client = connectRedis({ REDIS_URL: server.url }, 'test:', silent);
    clients.push(client);
    const breaker = new RedisBreaker(client, silent, 15_000);
    const cache = new ReadCache(breaker, silent);
    await eventually('Redis is there', () => breaker.isUp);
    return { client, cache };
  };
  beforeAll(async () => {
    server = await startTestRedis();
    ({ cache: reader, client: redis } = await open());
    ({ cache: writer } = await open());
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server?.stop();
  });

  const newGroup = () => `v1:answers:${randomUUID()}`;
  const ask = (group: string, load: () => Promise<{ text: string }>) =>
    reader.readThrough(group, 'a', answer, SECONDS, load);
  const drop = async (group: string) => {
    writer.drop(group);
    // On the same connection, so the drop is done when this is answered.
    await writer.read(group, 'a', answer);
  };
  /** A load that was begun, and ends when it is told to. */
  async function slowLoad(group: string) {
    const [begun, end] = [gate(), gate()];
    const asked = ask(group, async () => {
      begun.open();
      await end.opened;
      return { text: 'from before' };
    });
    await begun.opened;
    return { asked, end };
  }
  /** What was asked on the reader's connection has been answered, step by step. */
  const settled = async () => {
    for (let step = 0; step < 5; step += 1) await redis.ping();
  };

  it('is part of the question: who asks after a drop does not share what was begun before it', async () => {
    const group = newGroup();
    const first = await slowLoad(group);
    await drop(group);
    let loads = 0;
    const second = ask(group, async () => {
      loads += 1;
      return { text: 'after' };
    });
    await settled();
    first.end.open();
    expect(await second).toEqual({ text: 'after' });
    expect(loads).toBe(1);
    expect(await first.asked).toEqual({ text: 'from before' });
    expect(await reader.read(group, 'a', answer)).toEqual({ text: 'after' });
  });

  it('is shared by those who ask before one', async () => {
    const group = newGroup();
    const first = await slowLoad(group);
    const second = ask(group, () => Promise.reject(new Error('it loads itself')));
    await settled();
    first.end.open();
    expect(await second).toEqual({ text: 'from before' });
  });

  it('must still be the same when an answer is kept, however often the group was dropped', async () => {
    const group = newGroup();
    await drop(group);
    const first = await slowLoad(group);
    await drop(group);
    first.end.open();
    await first.asked;
    expect(await reader.read(group, 'a', answer)).toBeUndefined();
    await ask(group, async () => ({ text: 'kept' }));
    expect(await reader.read(group, 'a', answer)).toEqual({ text: 'kept' });
  });

  it('is not all that counts: an epoch that is renewed leaves no answer of any of its groups', async () => {
    const [epoch, groups] = [`v1:epoch:${randomUUID()}`, [newGroup(), newGroup()]];
    const inEpoch = (group: string, text: string) =>
      reader.readThrough(group, 'a', answer, SECONDS, async () => ({ text }), epoch);
    for (const text of ['first', 'second']) {
      for (const group of groups) {
        await inEpoch(group, text);
        expect(await inEpoch(group, 'not asked')).toEqual({ text });
      }
      const late = gate();
      const [group = ''] = groups;
      await reader.read(group, 'b', answer, epoch);
      const straggler = reader.readThrough(
        group,
        'b',
        answer,
        SECONDS,
        async () => {
          await late.opened;
          return { text: 'from before' };
        },
        epoch,
      );
      await settled();
      writer.renewEpoch(epoch);
      await writer.read(group, 'a', answer, epoch);
      late.open();
      await straggler;
      expect(await reader.read(group, 'b', answer, epoch)).toBeUndefined();
      for (const one of groups) expect(await reader.read(one, 'a', answer, epoch)).toBeUndefined();
    }
    // Whoever closed it opens it, and nobody else.
    await writer.closeEpoch(epoch, 'a switch');
    writer.renewEpoch(epoch);
    await writer.settle(1_000);
    expect(await redis.get(epoch)).toContain('a switch');
  });

  it('outlives any load', async () => {
    const group = newGroup();
    await drop(group);
    expect(await redis.ttl(`${group}:generation`)).toBeGreaterThan(3_000);
  });
});
