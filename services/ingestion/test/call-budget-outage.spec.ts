import { MikroORM } from '@mikro-orm/postgresql';
import { ANSWER_MS } from '@undertone/platform/cache/in-time';
import { connectRedis } from '@undertone/platform/cache/read-cache';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { newId } from '@undertone/platform/ids/ids';
import { PostponedJobError } from '@undertone/platform/jobs/job-errors';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { type Freezable, freezable } from '@undertone/platform/test-kit/freezable';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CallBudget } from '../src/provider-calls/call-budget.js';
import { ProviderPauses } from '../src/provider-calls/provider-pauses.js';
import { type Harness, startHarness } from './harness.js';

const PATIENT_MS = 15_000;
const WINDOW_MS = 30_000;
/** Until a call is free, and half a window of jitter. */
const LONGEST_WAIT_MS = 1.5 * WINDOW_MS;

describe('a budget of calls whose Redis is away or hangs', () => {
  let harness: Harness;
  let proxy: Freezable;
  let breaker: RedisBreaker;
  const connections: ReturnType<typeof connectRedis>[] = [];
  beforeAll(async () => {
    harness = await startHarness();
  });
  beforeEach(async () => {
    proxy = await freezable(harness.infrastructure.redisUrl);
    breaker = await reached(proxy.url, ANSWER_MS);
  });
  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.disconnect();
    await proxy.close();
  });
  afterAll(() => harness.stop());

  async function reached(url: string, answerMs: number): Promise<RedisBreaker> {
    const connection = connectRedis({ REDIS_URL: url }, harness.infrastructure.redisPrefix, silent);
    connections.push(connection);
    const opened = new RedisBreaker(connection, silent, answerMs);
    await eventually('Redis is there', () => opened.isUp);
    return opened;
  }
  interface Sizes {
    readonly limit?: number;
    readonly ms?: number;
    readonly daily?: number;
    readonly redis?: RedisBreaker;
  }
  const budget = (
    account: string,
    { limit = 90, ms = WINDOW_MS, daily = 50_000, redis = breaker }: Sizes = {},
  ) =>
    new CallBudget({
      provider: 'Spotify',
      account,
      windows: [
        { name: 'short', ms, bucketMs: 100, limit },
        { name: 'day', ms: 86_400_000, bucketMs: 300_000, limit: daily },
      ],
      redis,
      pauses: new ProviderPauses(harness.service.get<MikroORM>(MikroORM)),
      log: silent,
    });
  /** How long somebody has to wait who wants so many calls; nothing where they are taken. */
  const waitMs = (from: CallBudget, calls: number, lane: 'interactive' | 'bulk') =>
    from.take(calls, lane).then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof PostponedJobError)) throw error;
        return error.resumeAt.getTime() - Date.now();
      },
    );
  const hang = async () => {
    proxy.freeze();
    await breaker.ask((redis) => redis.ping()).catch(() => undefined);
    expect(breaker.isUp).toBe(false);
  };
  const wakeUp = async () => {
    proxy.thaw();
    await eventually('Redis answers again', () => breaker.isUp);
  };

  it('takes a person at once who comes after a thousand bulk jobs, and puts nobody off for long', async () => {
    const alone = budget(newId());
    await hang();
    const bulk: (number | undefined)[] = [];
    for (let job = 0; job < 1_000; job += 1) bulk.push(await waitMs(alone, 3, 'bulk'));
    const waits = bulk.filter((wait) => wait !== undefined);
    expect(waits.length).toBe(999);
    expect(Math.max(...waits)).toBeLessThanOrEqual(LONGEST_WAIT_MS);
    // They do not come back together.
    expect(new Set(waits.map((wait) => Math.round(wait / 1_000))).size).toBeGreaterThan(5);

    expect(await waitMs(alone, 3, 'interactive')).toBeUndefined();
    const next = await waitMs(alone, 3, 'interactive');
    expect(next).toBeGreaterThan(0);
    expect(next).toBeLessThanOrEqual(LONGEST_WAIT_MS);

    await wakeUp();
    expect(await waitMs(alone, 3, 'interactive')).toBeUndefined();
    expect(await waitMs(alone, 3, 'bulk')).toBeUndefined();
  });

  it('makes no more than a tenth of the calls, of both lanes together', async () => {
    const alone = budget(newId(), { limit: 90, ms: 60_000 });
    await hang();
    let taken = 0;
    for (let asked = 0; asked < 50; asked += 1) {
      for (const lane of ['interactive', 'bulk'] as const) {
        if ((await waitMs(alone, 1, lane)) === undefined) taken += 1;
      }
    }
    expect(taken).toBe(8);
  });

  it('gives back what was taken meanwhile and not made', async () => {
    const alone = budget(newId(), { limit: 90, ms: 60_000 });
    await hang();
    const reservation = await alone.take(4, 'interactive');
    await alone.use(reservation);
    expect(await waitMs(alone, 1, 'interactive')).toBeGreaterThan(0);
    await alone.giveBack(reservation);
    expect(await waitMs(alone, 3, 'interactive')).toBeUndefined();
    expect(await waitMs(alone, 1, 'interactive')).toBeGreaterThan(0);
  });

  it('has no more than a day’s share, and looks again after a window', async () => {
    const alone = budget(newId(), { ms: 500, limit: 1_000, daily: 60 });
    await hang();
    for (let made = 0; made < 3; made += 1) await alone.use(await alone.take(1, 'interactive'));
    expect(await waitMs(alone, 1, 'interactive')).toBeLessThanOrEqual(750);
  });

  it('does not count what Redis took without its answer being heard', async () => {
    const account = newId();
    const sizes = { limit: 5, ms: 1_000, daily: 5 };
    const other = budget(account, {
      ...sizes,
      redis: await reached(harness.infrastructure.redisUrl, PATIENT_MS),
    });
    // The account is known, so the next question takes.
    await other.giveBack(await other.take(1, 'interactive'));
    proxy.holdAnswers();
    const unheard = budget(account, sizes);
    for (let tries = 0; tries < 20; tries += 1) await waitMs(unheard, 5, 'bulk');
    // It was taken there, once.
    expect(await waitMs(other, 2, 'interactive')).toBeGreaterThan(0);
    expect(await waitMs(other, 1, 'interactive')).toBeUndefined();
    await wakeUp();
    await eventually('all can be taken', async () => (await waitMs(other, 5, 'interactive')) === undefined);
  });

  it('does not move turns on for those who got no answer, but for the first', async () => {
    const account = newId();
    const until = new Date(Date.now() + 60_000);
    const other = budget(account, { redis: await reached(harness.infrastructure.redisUrl, PATIENT_MS) });
    proxy.holdAnswers();
    const unheard = budget(account);
    for (let tries = 0; tries < 20; tries += 1) await unheard.turnAfter(until, 'interactive');
    const turn = await other.turnAfter(until, 'interactive');
    // 90 in 30 s is a turn each third of a second.
    expect(turn.getTime() - until.getTime()).toBeLessThanOrEqual(334);
  });
});
