import { newId } from '@undertone/platform/ids/ids';
import type { PostponedJobError } from '@undertone/platform/jobs/job-errors';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallBudget } from '../src/provider-calls/call-budget.js';
import { CallBudgets, postponed, spend } from './call-budgets.js';

describe('a budget of calls', () => {
  let budgets: CallBudgets;
  beforeAll(async () => {
    budgets = await CallBudgets.start();
  });
  afterAll(() => budgets?.stop());
  const budget = (...of: Parameters<CallBudgets['of']>) => budgets.of(...of);

  it('lets through exactly its limit, of all replicas together', async () => {
    const account = newId();
    const replicas = [
      budget(account, { ms: 60_000 }),
      budget(account, { ms: 60_000, redis: await budgets.connected() }),
    ];
    const asked = Array.from({ length: 60 }, (_, at) =>
      (replicas[at % 2] as CallBudget).take(1, 'interactive').then(
        () => 'taken',
        (error: PostponedJobError) => error.code,
      ),
    );
    const outcomes = await Promise.all(asked);
    expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'CALL_BUDGET_SPENT')).toHaveLength(50);
  });

  it('is a rolling window: never more than its limit in any stretch as long', async () => {
    const ms = 1_000;
    const rolling = budget(newId(), { ms });
    const taken: number[] = [];
    await eventually('three windows are spent', async () => {
      const { at } = await rolling.take(1, 'interactive').catch(() => ({ at: undefined }));
      if (at !== undefined) taken.push(at);
      return taken.length >= 30;
    });
    const inWindowFrom = (from: number) => taken.filter((at) => at >= from && at < from + ms).length;
    expect(Math.max(...taken.map(inWindowFrom))).toBeLessThanOrEqual(10);
    // A call is free again when its bucket is a window old: three windows' worth is not much later than two windows.
    expect((taken.at(-1) ?? 0) - (taken[0] ?? 0)).toBeGreaterThanOrEqual(2 * ms);
  });

  it('says exactly when a call will be free, and then one is', async () => {
    const exact = budget(newId(), { limit: 3, ms: 600 });
    const { taken, error } = await spend(exact);
    expect(taken).toBe(3);
    const [seconds = '0', micros = '0'] = (await budgets.redis.time()).map(String);
    const now = Number(seconds) * 1_000 + Number(micros) / 1_000;
    expect(error.resumeAt.getTime()).toBeLessThanOrEqual(now + 700);
    await eventually('its turn has come', () => Date.now() >= error.resumeAt.getTime());
    expect((await exact.take(1, 'interactive')).left).toBe(1);
  });

  it('gives those who wait turns one after another, at the pace of the limit', async () => {
    const account = newId();
    const paced = budget(account, { ms: 20_000 });
    const { error } = await spend(paced, 'bulk');
    const waiting = await Promise.all(Array.from({ length: 20 }, () => postponed(paced.take(3, 'bulk'))));
    const turns = [error, ...waiting].map(({ resumeAt }) => resumeAt.getTime()).sort((a, b) => a - b);
    expect(new Set(turns).size).toBe(21);
    const gaps = turns.slice(2).map((turn, at) => turn - (turns[at + 1] ?? 0));
    // 8 calls in 20 s is a call each 2.5 s, and each of these wants three.
    expect(new Set(gaps)).toEqual(new Set([7_500]));
  });

  it.each([
    ['interactive', 20_000],
    ['bulk', 3_600_000],
  ] as const)(
    'gives no turn of the %s lane that is more than %i ms after a call is free, however many never come',
    async (lane, longest) => {
      const paced = budget(newId(), { ms: 20_000 });
      const { error } = await spend(paced, lane);
      const free = error.resumeAt.getTime();
      // Each wants 7 calls: 14 or 17.5 s of the queue. All of them are cancelled.
      for (let asked = 0; asked < 300; asked += 1) {
        const { resumeAt } = await postponed(paced.take(7, lane));
        expect(resumeAt.getTime()).toBeLessThanOrEqual(free + longest);
      }
      for (let asked = 0; asked < 300; asked += 1) {
        const turn = await paced.turnAfter(new Date(free), lane);
        expect(turn.getTime()).toBeLessThanOrEqual(free + longest);
      }
    },
  );

  it('keeps a fifth for people who wait, however much bulk runs want', async () => {
    const shared = budget(newId(), { ms: 60_000 });
    const bulk = await spend(shared, 'bulk');
    expect(bulk.taken).toBe(8);
    expect((await spend(shared, 'interactive')).taken).toBe(2);
    // A queue of bulk runs is before nobody.
    for (let more = 0; more < 50; more += 1) await postponed(shared.take(1, 'bulk'));
    const person = await postponed(shared.take(1, 'interactive'));
    expect(person.resumeAt.getTime()).toBeLessThanOrEqual(Date.now() + 61_000 + 6_000);
    const last = await postponed(shared.take(1, 'bulk'));
    expect(last.resumeAt.getTime()).toBeGreaterThan(person.resumeAt.getTime() + 200_000);
  });

  it('has a limit for 24 hours too, and says when the oldest calls are a day old', async () => {
    const daily = budget(newId(), { limit: 100, daily: 5 });
    for (let made = 0; made < 5; made += 1) await daily.use(await daily.take(1, 'interactive'));
    const { taken, error } = await spend(daily);
    expect(taken).toBe(0);
    const wait = error.resumeAt.getTime() - Date.now();
    expect(wait).toBeGreaterThan(86_400_000 - 1_000);
    expect(wait).toBeLessThan(86_400_000 + 300_000 + 1_000);
  });

  it('counts reserved calls when they are made, and gives back those that are not', async () => {
    const reserving = budget(newId(), { ms: 60_000 });
    const reservation = await reserving.take(7, 'interactive');
    await reserving.use(reservation);
    await reserving.use(reservation);
    expect(reservation.left).toBe(5);
    await reserving.giveBack(reservation);
    expect((await spend(reserving)).taken).toBe(8);
  });

  it('counts a reserved call from when it is made, however long after it was taken', async () => {
    const account = newId();
    const lapsing = budget(account, { ms: 300, daily: 7 });
    const reservation = await lapsing.take(3, 'interactive');
    await eventually(
      'it has lapsed',
      async () => (await spend(budget(account, { ms: 300, daily: 7 }))).taken > 4,
    );
    await lapsing.use(reservation);
    const made = await budgets.redis.hgetall(`v1:calls:${account}`);
    const [seconds = '0'] = (await budgets.redis.time()).map(String);
    const [bucket, calls] = Object.entries(made).find(([field]) => field.startsWith('short:')) ?? [];
    expect(calls).toBe('1');
    expect(Number(bucket?.slice('short:'.length)) * 100).toBeGreaterThanOrEqual(reservation.at + 200);
    expect(Number(bucket?.slice('short:'.length)) * 100).toBeLessThan((Number(seconds) + 1) * 1_000);
  });

  it('forgets a reservation that is neither used nor given back, as of a process that died', async () => {
    const account = newId();
    const daily = { limit: 5, ms: 400, daily: 5 };
    const { left } = await budget(account, daily).take(5, 'interactive');
    expect(left).toBe(5);
    await eventually('the calls can be taken by another', () =>
      budget(account, daily)
        .take(5, 'interactive')
        .catch(() => false),
    );
  });

  it('keeps a reservation that is being used', async () => {
    const used = budget(newId(), { limit: 4, ms: 1_000, daily: 4 });
    const reservation = await used.take(4, 'interactive');
    for (let made = 1; made < 4; made += 1) {
      const next = Date.now() + 600;
      await eventually('the next call is made', () => Date.now() >= next);
      await used.use(reservation);
      expect(await postponed(used.take(1, 'interactive'))).toMatchObject({ code: 'CALL_BUDGET_SPENT' });
    }
  });

  it('gives all or none, and never refuses for ever what is more than its limit', async () => {
    const account = newId();
    const small = budget(account, { limit: 2, ms: 60_000 });
    expect((await small.take(5, 'interactive')).left).toBe(2);
    await postponed(small.take(1, 'interactive'));
  });

  it('takes as much memory for thousands of calls as for a few', async () => {
    const account = newId();
    const large = budget(account, { limit: 1_000_000, ms: 500, daily: 100_000_000 });
    const begun = Date.now();
    await eventually('four windows have been used', async () => {
      const reservation = await large.take(50_000, 'interactive');
      for (let made = 0; made < 20; made += 1) await large.use(reservation);
      await large.giveBack(reservation);
      return Date.now() > begun + 2_000;
    });
    // Six buckets of 100 ms, one or two of the day, and that the account is known.
    expect(await budgets.redis.hlen(`v1:calls:${account}`)).toBeLessThanOrEqual(10);
    expect(await budgets.redis.pttl(`v1:calls:${account}`)).toBeGreaterThan(86_400_000);
  });

  describe('that the provider has paused', () => {
    it.each([
      ['rate', 'PROVIDER_RATE_LIMITED'],
      ['quota', 'PROVIDER_QUOTA_EXCEEDED'],
    ] as const)('for its %s is closed for every replica until then', async (kind, code) => {
      const account = newId();
      const [heard, other] = [budget(account), budget(account, { redis: await budgets.connected() })];
      await heard.take(1, 'interactive');
      await other.take(1, 'interactive');
      const until = new Date(Date.now() + 60_000);
      const first = await heard.pause(kind, until, 'interactive');
      expect(first).toMatchObject({ code, resumeAt: until });
      const next = await postponed(other.take(1, 'interactive'));
      expect(next.code).toBe(code);
      // 10 calls in 2 s: the second turn is 200 ms later.
      expect(next.resumeAt.getTime()).toBe(until.getTime() + 200);
    });

    it('is open again when that is over', async () => {
      const paused = budget(newId());
      const until = new Date(Date.now() + 400);
      await paused.pause('rate', until, 'interactive');
      await postponed(paused.take(1, 'interactive'));
      await eventually('a call is let through', () =>
        paused.take(1, 'interactive').then(
          () => true,
          () => false,
        ),
      );
      expect(Date.now()).toBeGreaterThanOrEqual(until.getTime());
    });

    it('keeps the longer of two pauses, and each kind apart', async () => {
      const account = newId();
      const paused = budget(account);
      const [soon, later] = [new Date(Date.now() + 60_000), new Date(Date.now() + 120_000)];
      await paused.pause('quota', later, 'interactive');
      await paused.pause('quota', soon, 'interactive');
      await paused.pause('rate', soon, 'interactive');
      const kept = await budgets.pauses().of(account);
      expect(Object.fromEntries(kept.map(({ kind, resumeAt }) => [kind, resumeAt]))).toEqual({
        quota: later,
        rate: soon,
      });
      expect((await postponed(paused.take(1, 'interactive'))).code).toBe('PROVIDER_QUOTA_EXCEEDED');
    });

    it('stays so when Redis is emptied', async () => {
      const account = newId();
      const paused = budget(account);
      const until = new Date(Date.now() + 3_600_000);
      await paused.pause('quota', until, 'interactive');
      await budgets.redis.del(`v1:calls:${account}`);
      expect(await postponed(budget(account).take(1, 'interactive'))).toMatchObject({
        code: 'PROVIDER_QUOTA_EXCEEDED',
        resumeAt: until,
      });
    });

    it('stays so when Redis comes back from an older copy of itself', async () => {
      const account = newId();
      const paused = budget(account);
      await paused.take(1, 'interactive');
      const until = new Date(Date.now() + 3_600_000);
      await paused.pause('quota', until, 'interactive');
      const key = `v1:calls:${account}`;
      await budgets.redis.hdel(key, 'pause:quota');
      await budgets.redis.hset(key, 'known', Date.now() - 60_001);
      expect(await postponed(paused.take(1, 'interactive'))).toMatchObject({
        code: 'PROVIDER_QUOTA_EXCEEDED',
      });
    });

    it('stays so while Redis is away', async () => {
      const account = newId();
      const until = new Date(Date.now() + 3_600_000);
      await budget(account).pause('quota', until, 'interactive');
      const away = await budgets.connected();
      away.redis.disconnect();
      const error = await postponed(budget(account, { redis: away }).take(1, 'interactive'));
      expect(error.code).toBe('PROVIDER_QUOTA_EXCEEDED');
      expect(error.resumeAt.getTime()).toBeGreaterThanOrEqual(until.getTime());
    });
  });
});
