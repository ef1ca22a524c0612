import { MikroORM } from '@mikro-orm/postgresql';
import { getSystem } from '@undertone/contracts/operations/system';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SpendingLedger } from '../src/spending/spending-ledger.js';
import { midnight, ONE_CALL, SpendingBench } from './spending-bench.js';

describe('the budgets of a day', () => {
  let bench: SpendingBench;
  beforeAll(async () => {
    bench = await SpendingBench.start({
      LLM_BUDGET_TOKENS_PER_PERSON_AND_DAY: String(ONE_CALL),
      LLM_BUDGET_TOKENS_PER_DAY: '1000000',
      LLM_BUDGET_USD_PER_DAY: '1',
    });
  });
  beforeEach(() => bench.begin());
  afterAll(() => bench.stop());
  afterEach(() => bench.forgetSpending());

  it('count what a call took in place of its estimate', async () => {
    const userId = newId();
    expect(await bench.generate(userId)).toMatchObject({ status: 'SUCCESS' });
    const [row] = await bench.sql('select * from model_spending');
    const [reserved, spent] = [Number(row?.reserved_tokens), Number(row?.spent_tokens)];
    expect(row).toMatchObject({ user_id: userId, model_id: 'm' });
    expect(spent).toBeGreaterThan(0);
    expect(reserved).toBeGreaterThan(spent);
    expect(row?.spent_usd).toBeCloseTo(spent / 1e6, 9);
  });

  it('are shown with what is used of them', async () => {
    const system = () => bench.harness.ask(getSystem('insight'), {});
    const none = { limit: null, used: 0 };
    expect((await system()).budgets).toEqual({
      day: new Date().toISOString().slice(0, 10),
      resets_at: midnight(),
      tokens: { limit: 1_000_000, used: 0 },
      usd: { limit: 1, used: 0 },
      per_person: { tokens: { limit: ONE_CALL, used: 0 }, usd: none },
    });
    await bench.spend(newId(), 20, 0.25);
    await bench.spend(newId(), 30, 0.5);
    expect((await system()).budgets).toMatchObject({
      tokens: { used: 50 },
      usd: { used: 0.75 },
      per_person: { tokens: { used: 30 }, usd: { used: 0.5 } },
    });
  });

  it('stop a person’s next call before it is made, while others go on', async () => {
    const [userId, other] = [newId(), newId()];
    await bench.spend(userId, ONE_CALL);
    expect(await bench.generate(userId)).toMatchObject({
      status: 'FAILURE',
      attempt: 1,
      error: {
        code: 'LLM_BUDGET_EXHAUSTED',
        message: `LLM_BUDGET_TOKENS_PER_PERSON_AND_DAY has no room for the call; it begins anew at ${midnight()}`,
      },
    });
    expect(bench.calls()).toBe(0);
    expect(await bench.generate(other)).toMatchObject({ status: 'SUCCESS' });
    expect(bench.calls()).toBe(1);
  });

  it('stop everybody when the system’s is used up', async () => {
    await bench.spend(newId(), 0, 1);
    const [first, second] = await Promise.all([bench.generate(newId()), bench.generate(newId())]);
    for (const task of [first, second]) {
      expect(task.error).toMatchObject({
        code: 'LLM_BUDGET_EXHAUSTED',
        message: expect.stringContaining('LLM_BUDGET_USD_PER_DAY'),
      });
    }
    expect(bench.calls()).toBe(0);
  });

  it('put a bulk run’s job back until the next day', async () => {
    const userId = newId();
    await bench.spend(userId, ONE_CALL);
    expect(await bench.putBack(userId, 'bulk')).toMatchObject({
      problem: { code: 'LLM_BUDGET_EXHAUSTED' },
      resume_at: midnight(),
    });
    expect(bench.calls()).toBe(0);
  });

  it('put a job back after a call that was made, and the try counts: it has to be paid for again', async () => {
    const [userId, other] = [newId(), newId()];
    await bench.generate(other);
    const [first] = await bench.sql('select reserved_tokens from model_spending where user_id = ?', [other]);
    bench.simulator.calls.reset();
    // Room for the first call, and not for the repair, which asks more.
    await bench.spend(userId, ONE_CALL - Number(first?.reserved_tokens) - 20);
    bench.simulator.addFault({ kind: 'lies', times: 1 });
    const { problem, resume_at, delay_ms } = await bench.putBack(userId, 'bulk');
    expect(problem.code).toBe('LLM_BUDGET_EXHAUSTED');
    expect(resume_at).toBeUndefined();
    expect(delay_ms).toBeGreaterThan(0);
    expect(bench.calls()).toBe(1);
  });

  it('count both calls of an answer that is rejected', async () => {
    bench.simulator.addFault({ kind: 'lies' });
    expect(await bench.generate(newId())).toMatchObject({ error: { code: 'LLM_ANSWER_REJECTED' } });
    expect(bench.calls()).toBe(2);
    const rows = await bench.sql('select * from model_spending where spent_tokens > 0 and spent_usd > 0');
    expect(rows).toHaveLength(2);
  });

  it('go on counting the estimate of a call that nobody knows the usage of, and not of one that was refused', async () => {
    bench.simulator.addFault({ kind: 'stop-mid-stream', times: 1 });
    expect(await bench.generate(newId())).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(await bench.sql('select * from model_spending where spent_tokens is null')).toHaveLength(1);
    bench.simulator.addFault({ kind: '401' });
    expect(await bench.generate(newId())).toMatchObject({ error: { code: 'LLM_REFUSED' } });
    expect(await bench.sql('select * from model_spending where spent_tokens = 0')).toHaveLength(1);
  });

  it('are never passed by replicas that reserve at once', async () => {
    const replica = await bench.harness.start();
    const budgets = { LLM_BUDGET_TOKENS_PER_DAY: 1_000 };
    const ledgers = [bench.harness.service, replica].map(
      (service) => new SpendingLedger(service.get<MikroORM>(MikroORM), budgets),
    );
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        ledgers[at % 2]?.reserve({ userId: newId() }, 'm', { tokens: 90, usd: 0 }),
      ),
    );
    const reserved = answers.filter((answer) => typeof answer === 'string');
    expect(reserved).toHaveLength(11);
    const [settled = '', released = ''] = reserved;
    await Promise.all([ledgers[0]?.settle(settled, { tokens: 7, usd: 0 }), ledgers[1]?.release(released)]);
    expect(await bench.sql(`select tokens from spending_total where spender = 'all'`)).toEqual([
      { tokens: String(9 * 90 + 7) },
    ]);
    expect(
      await bench.sql(
        `select spender from spending_total where spender <> 'all' and tokens <> (
           select coalesce(sum(coalesce(spent_tokens, reserved_tokens)), 0) from model_spending where user_id::text = spender)`,
      ),
    ).toEqual([]);
    await replica.close();
  });

  it('forget what is older than 40 days', async () => {
    await bench.spend(newId(), 1);
    for (const table of ['model_spending', 'spending_total'])
      await bench.sql(`update ${table} set day = day - 41`);
    await bench.generate(newId());
    expect(await bench.sql('select * from model_spending')).toHaveLength(1);
    expect(await bench.sql('select distinct day from spending_total')).toHaveLength(1);
  });
});
