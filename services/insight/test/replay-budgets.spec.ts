import { consumers } from '@undertone/contracts/consumers';
import { JobRequested } from '@undertone/contracts/jobs/job';
import type { Replay } from '@undertone/contracts/replay/replay';
import { getReplayReport } from '@undertone/contracts/replay/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Operator } from './replay-harness.js';
import { midnight, SpendingBench } from './spending-bench.js';

describe('a replay by a language model', () => {
  let bench: SpendingBench;
  let operator: Operator;
  beforeAll(async () => {
    bench = await SpendingBench.start({ LLM_BUDGET_USD_PER_DAY: '1', BULK_SLOTS: '8' });
    operator = new Operator(bench.harness);
    await operator.publish();
  });
  beforeEach(() => bench.begin());
  afterAll(() => bench.stop());
  afterEach(() => bench.forgetSpending());

  const days = async (count: number) => {
    const user_id = newId();
    for (let day = 1; day <= count; day += 1) {
      await operator.compute({ user_id, snapshot_date: `2026-10-${String(day).padStart(2, '0')}` });
    }
    return { filter: { user_ids: [user_id] }, activate: 'by_hand' as const };
  };
  /** Jobs that a replay asked for, by when. */
  const requests = async ({ id }: Replay) =>
    (await bench.harness.store.readFiltered('JOBS', 'jobs.insights.bulk.*.requested')).filter(
      (event) => JobRequested.read(event)?.payload.replay && JSON.stringify(event.data).includes(id),
    );

  it('requests nothing more while the model asks to wait, then goes on', async () => {
    bench.simulator.addFault({ kind: '429', retryAfter: 4, times: 1 });
    const ordered = await operator.order({ ...(await days(12)), window: 2 });
    const held = await eventually('it is held back', async () => {
      const { progress } = await operator.look(ordered);
      return progress.hold_until !== null && progress;
    });
    const [seen, until] = [Date.now(), Date.parse(held.hold_until as string)];
    expect(held.waiting).toBeGreaterThan(0);
    const done = await operator.becomes(ordered, 'completed');
    const asked = (await requests(ordered)).map(({ time }) => Date.parse(time));
    expect(asked).toHaveLength(12);
    // A turn that looked before may still have ended.
    expect(asked.filter((at) => at > seen + 500 && at < until)).toEqual([]);
    expect(asked.filter((at) => at >= until).length).toBeGreaterThan(0);
    expect(done.progress).toMatchObject({ written: 12, failed: 0, retries: 1, used: { calls: 13 } });
    expect(bench.calls()).toBe(13);
  });

  it('counts repairs and what failed among its calls, and reports both', async () => {
    bench.simulator.addFault({ kind: 'lies', times: 1 });
    const ordered = await operator.order({ ...(await days(3)), window: 1 });
    const done = await operator.becomes(ordered, 'completed');
    expect(bench.calls()).toBe(4);
    expect(done.progress).toMatchObject({ written: 3, used: { calls: 4 } });
    const { report } = await bench.harness.rpc.ask(getReplayReport, { replay_id: ordered.id });
    expect(report?.new).toMatchObject({ failed: 0, repaired: { insights: 1, known_for: 3 } });

    bench.simulator.addFault({ kind: 'lies', times: 2 });
    const again = await operator.order({ ...(await days(2)), window: 1 });
    const failed = await operator.becomes(again, 'completed');
    expect(failed.progress).toMatchObject({ written: 1, failed: 1, used: { calls: 3 } });
    expect(bench.calls()).toBe(7);
  });

  /** What a replay made of its calls, as the bench.simulator and the ledger saw it. */
  const used = async ({ id }: Replay) => {
    const [row] = await bench.sql(
      `select count(*)::int as calls, sum(coalesce(spent_tokens, reserved_tokens))::int as tokens,
         sum(coalesce(spent_usd, reserved_usd)) as usd, max(reserved_tokens)::int as most
       from model_spending where replay_id = ?`,
      [id],
    );
    return row as { calls: number; tokens: number; usd: number; most: number };
  };

  it.each([
    ['calls', 9],
    ['tokens', 20_000],
    ['usd', 0.02],
  ] as const)('never passes its budget of %s, also where no answer can be kept', async (unit, limit) => {
    bench.simulator.addFault({ kind: 'lies' });
    const ordered = await operator.order({ ...(await days(16)), window: 16, budget: { [unit]: limit } });
    const paused = await operator.comesToRest(ordered);
    const took = await used(ordered);
    expect(paused).toMatchObject({ pause_reason: 'budget', progress: { written: 0, under_way: 0 } });
    expect(paused.progress.failed).toBe(bench.calls() / 2);
    expect(bench.calls()).toBeGreaterThan(2);
    expect(took).toMatchObject({ calls: bench.calls() });
    expect(paused.progress.used).toEqual({
      calls: bench.calls(),
      tokens: took.tokens,
      usd: expect.closeTo(took.usd),
    });
    expect(took[unit]).toBeLessThanOrEqual(limit);
    // What is left has no room for one more, with its repair.
    const oneCall = { calls: 1, tokens: took.most, usd: took.most / 1e6 }[unit];
    expect(took[unit] + 2 * oneCall).toBeGreaterThan(limit);
  });

  it.each(['calls', 'tokens', 'usd'] as const)(
    'pauses before its budget of %s is passed, and goes on with another',
    async (unit) => {
      const order = { ...(await days(6)), window: 6 };
      await bench.generate(newId());
      const [one] = await bench.sql(
        'select spent_tokens as spent, reserved_tokens as reserved from model_spending',
      );
      bench.simulator.calls.reset();
      // Room for three, and not for four.
      const tokens = 2 * Number(one?.spent) + 2 * Number(one?.reserved) + 100;
      const limit = { calls: 4, tokens, usd: tokens / 1e6 }[unit];
      const ordered = await operator.order({ ...order, budget: { [unit]: limit } });
      const paused = await operator.comesToRest(ordered);
      expect(paused).toMatchObject({
        pause_reason: 'budget',
        progress: { written: 3, failed: 0, under_way: 0, waiting: 3 },
      });
      expect(paused.progress.used[unit]).toBeLessThanOrEqual(limit);
      expect(bench.calls()).toBe(3);
      await operator.control(ordered, { action: 'resume', budget: {} });
      expect((await operator.becomes(ordered, 'completed')).progress.written).toBe(6);
    },
  );

  it('fails no snapshot for good where a budget has no room for a single call', async () => {
    const ordered = await operator.order({ ...(await days(2)), budget: { tokens: 100 } });
    const paused = await operator.comesToRest(ordered);
    expect(paused).toMatchObject({
      pause_reason: 'budget',
      progress: { written: 0, used: { calls: 0, tokens: 0 } },
    });
    const { report } = await bench.harness.rpc.ask(getReplayReport, { replay_id: ordered.id });
    expect(report?.failures).toMatchObject([
      { code: 'REPLAY_BUDGET_EXHAUSTED', message: 'the replay’s budget of tokens has no room for the call' },
    ]);
    expect(bench.calls()).toBe(0);
    await operator.control(ordered, { action: 'resume', budget: { tokens: 100_000 } });
    const done = await operator.becomes(ordered, 'completed');
    expect(done.progress).toMatchObject({ written: 2, failed: 0, used: { calls: 2 } });
  });

  it('counts a call that does not say what it took as the most that it may have taken', async () => {
    bench.simulator.addFault({ kind: 'stop-mid-stream', times: 1 });
    const ordered = await operator.order({ ...(await days(1)), window: 1 });
    const { progress } = await operator.becomes(ordered, 'completed');
    const took = await used(ordered);
    expect(progress.used).toMatchObject({ calls: 2, tokens: took.tokens });
    expect(took.tokens).toBeGreaterThan(took.most);
  });

  it('waits for the next day where the day’s budget is used, and goes on then', async () => {
    await bench.spend(newId(), 1, 1);
    const ordered = await operator.order({ ...(await days(4)), window: 2 });
    const waiting = await eventually('its jobs are put back', async () => {
      const { status, progress } = await operator.look(ordered);
      return progress.put_back?.jobs === 2 && { status, progress };
    });
    expect(waiting).toMatchObject({
      status: 'running',
      progress: {
        written: 0,
        failed: 0,
        waiting: 2,
        retries: 0,
        used: { calls: 0 },
        put_back: { code: 'LLM_BUDGET_EXHAUSTED', until: expect.stringContaining(midnight().slice(0, 19)) },
      },
    });
    expect(bench.calls()).toBe(0);

    // The next day: its budget is unused, and the jobs are delivered again.
    await bench.harness.service.close();
    await bench.harness.store.manager.consumers.delete('JOBS', consumers['insight-insights-bulk'].name);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(midnight()) + 1_000, shouldAdvanceTime: true });
    try {
      await bench.harness.start();
      await bench.forgetSpending();
      const done = await operator.becomes(ordered, 'completed');
      expect(done.progress).toMatchObject({ written: 4, failed: 0, retries: 0, used: { calls: 4 } });
      expect(bench.calls()).toBe(4);
    } finally {
      vi.useRealTimers();
    }
  });
});
