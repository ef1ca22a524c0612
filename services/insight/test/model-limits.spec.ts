import { getInsight } from '@undertone/contracts/insight/rpc';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { price, SpendingBench } from './spending-bench.js';

describe('what a model takes', () => {
  const small = {
    id: 'small',
    provider: 'compatible',
    model: 'undertone-sim-1',
    context_tokens: 1_600,
    price,
  };
  let bench: SpendingBench;
  beforeAll(async () => {
    bench = await SpendingBench.start(
      { LLM_FALLBACK: 'small,m,template', LLM_BUDGET_USD_PER_DAY: '1' },
      { requests_per_minute: 3 },
      small,
    );
  });
  afterAll(() => bench.stop());
  const redis = () => bench.harness.service.get<RedisBreaker>(RedisBreaker).redis;
  beforeEach(async () => {
    bench.begin();
    const calls = 'v1:model-calls:m';
    const ofLanes = ['turn', 'waiting', 'since'].flatMap((name) => [`${name}:interactive`, `${name}:bulk`]);
    await redis().del(calls, ...ofLanes.map((name) => `${calls}:${name}`));
    await bench.forgetSpending();
  });

  it('is no more than its context, which is known before the call', async () => {
    const { result } = await bench.generate(newId());
    const { insight } = await bench.harness.rpc.ask(getInsight, { insight_id: String(result?.insight_id) });
    expect(insight).toMatchObject({
      model_id: 'm',
      fallbacks: [{ model: 'small', code: 'LLM_CONTEXT_EXCEEDED' }],
    });
    expect(bench.calls()).toBe(1);
  });

  it('is so many calls in any minute, and the next job is put back until one is a minute ago', async () => {
    for (const userId of [newId(), newId(), newId()]) {
      expect(await bench.generate(userId)).toMatchObject({ status: 'SUCCESS' });
    }
    const [, first] = await redis().zrange('v1:model-calls:m', '0', '0', 'WITHSCORES');
    const waits = await bench.putBack(newId(), 'interactive');
    expect(waits).toMatchObject({
      attempt: 1,
      problem: { code: 'LLM_CALL_RATE_REACHED' },
      resume_at: new Date(Number(first) + 60_000).toISOString(),
    });
    // The next one's turn comes at the pace of the model.
    const next = await bench.putBack(newId(), 'interactive');
    expect(next.resume_at).toBe(new Date(Number(first) + 80_000).toISOString());
    expect(bench.calls()).toBe(3);
    // What was not made is in no budget.
    expect(await bench.sql('select * from model_spending')).toHaveLength(3);
  });

  it('is waited for by a repair, which follows a call that was paid for', async () => {
    const made = Date.now() - 57_000;
    await redis().zadd('v1:model-calls:m', made, 'one', made, 'two');
    bench.simulator.addFault({ kind: 'lies', times: 1 });
    expect(await bench.generate(newId())).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(bench.calls()).toBe(2);
    const entries = await redis().zrange('v1:model-calls:m', '0', '-1', 'WITHSCORES');
    expect(Number(entries.at(-1))).toBeGreaterThanOrEqual(made + 60_000);
  });

  it('is not counted while Redis is away: the model’s own answer is what holds back', async () => {
    for (const at of [1, 2, 3]) await redis().zadd('v1:model-calls:m', Date.now(), `call ${at}`);
    redis().disconnect();
    try {
      expect(await bench.generate(newId())).toMatchObject({ status: 'SUCCESS', attempt: 1 });
      bench.simulator.addFault({ kind: '429', retryAfter: 1, times: 1 });
      const { result } = await bench.generate(newId());
      const { insight } = await bench.harness.rpc.ask(getInsight, { insight_id: String(result?.insight_id) });
      expect(insight?.fallbacks).toContainEqual({ model: 'm', code: 'LLM_RATE_LIMITED' });
    } finally {
      await redis().connect();
    }
    expect((await bench.putBack(newId(), 'interactive')).problem.code).toBe('LLM_CALL_RATE_REACHED');
  });

  it('is no reason for a template to write where the day’s budget has no room', async () => {
    await bench.spend(newId(), 1, 1);
    const userId = newId();
    expect(await bench.generate(userId)).toMatchObject({ error: { code: 'LLM_BUDGET_EXHAUSTED' } });
    expect(await bench.harness.written(userId)).toEqual([]);
    expect(bench.calls()).toBe(0);
  });
});
