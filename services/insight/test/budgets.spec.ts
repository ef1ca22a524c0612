import { MikroORM } from '@mikro-orm/postgresql';
import { consumers } from '@undertone/contracts/consumers';
import { getInsight } from '@undertone/contracts/insight/rpc';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { JobRequested, JobRetrying } from '@undertone/contracts/jobs/job';
import type { Lane } from '@undertone/contracts/jobs/queues';
import type { Replay } from '@undertone/contracts/replay/replay';
import { getReplayReport } from '@undertone/contracts/replay/rpc';
import { jobAggregate } from '@undertone/contracts/subjects';
import type { connectRedis } from '@undertone/platform/cache/read-cache';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { REDIS } from '@undertone/platform/nest/tokens';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startInsight } from '../src/insight.js';
import { SpendingLedger } from '../src/models/spending-ledger.js';
import { exampleSnapshot, type Harness, startHarness } from './harness.js';
import { Operator } from './replay-harness.js';

/** Enough for the estimate of one call. */
const ONE_CALL = 6_000;
const price = { input_usd_per_million: 1, output_usd_per_million: 1, as_of: '2026-11-01' };

let simulator: LlmSimulator;
let harness: Harness;
const calls = () => simulator.calls.summary().routes['POST /v1/chat/completions']?.calls ?? 0;
const sql = (query: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
  harness.service.get<MikroORM>(MikroORM).em.fork().execute(query, values);
/** As if calls had taken so much today. */
const spend = async (userId: string, tokens: number, usd = 0) => {
  const ledger = new SpendingLedger(harness.service.get<MikroORM>(MikroORM), {});
  await ledger.settle(String(await ledger.reserve({ userId }, 'm', { tokens: 0, usd: 0 })), { tokens, usd });
};
const forgetSpending = () => sql('delete from model_spending; delete from spending_total');
const midnight = () => new Date(new Date().setUTCHours(24, 0, 0, 0)).toISOString();

async function start(settings: Record<string, string>, model: object = {}, ...others: object[]) {
  const entry = {
    id: 'm',
    provider: 'compatible',
    model: 'undertone-sim-1',
    base_url: `${simulator.url}/v1`,
  };
  harness = await startHarness({
    INSIGHT_ENGINE: 'openai',
    LLM_MODELS: JSON.stringify([{ ...entry, price, timeout_seconds: 2, ...model }, ...others]),
    ...settings,
  });
}

/** Has an insight of a new snapshot written, so that nothing is reused. */
const generate = async (userId: string) => {
  const { task } = await harness.generate(
    harness.keep(exampleSnapshot({ user_id: userId })),
    userId,
    'playful',
  );
  return task;
};

/** Asks for one and gives what the job waits for. */
async function putBack(userId: string, lane: Lane) {
  const payload = {
    user_id: userId,
    snapshot_id: harness.keep(exampleSnapshot({ user_id: userId })),
    insight_type: 'wellness',
    tone_mode: 'playful',
    fresh: true,
  } as const;
  const jobId = await requestJob(harness.store, generateInsight, { payload, lane, source: 'test' });
  return eventually('the job is put back', async () => {
    const last = await harness.store.last('JOBS', jobAggregate('insights', lane, jobId).filter);
    return last && JobRetrying.read(last);
  });
}

beforeAll(async () => {
  simulator = await startLlmSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => {
  simulator.clearFaults();
  simulator.calls.reset();
});

describe('the budgets of a day', () => {
  beforeAll(() =>
    start({
      LLM_BUDGET_TOKENS_PER_PERSON_AND_DAY: String(ONE_CALL),
      LLM_BUDGET_TOKENS_PER_DAY: '1000000',
      LLM_BUDGET_USD_PER_DAY: '1',
    }),
  );
  afterAll(() => harness.stop());
  afterEach(forgetSpending);

  it('count what a call took in place of its estimate', async () => {
    const userId = newId();
    expect(await generate(userId)).toMatchObject({ status: 'SUCCESS' });
    const [row] = await sql('select * from model_spending');
    const [reserved, spent] = [Number(row?.reserved_tokens), Number(row?.spent_tokens)];
    expect(row).toMatchObject({ user_id: userId, model_id: 'm' });
    expect(spent).toBeGreaterThan(0);
    expect(reserved).toBeGreaterThan(spent);
    expect(row?.spent_usd).toBeCloseTo(spent / 1e6, 9);
  });

  it('stop a person’s next call before it is made, while others go on', async () => {
    const [userId, other] = [newId(), newId()];
    await spend(userId, ONE_CALL);
    expect(await generate(userId)).toMatchObject({
      status: 'FAILURE',
      attempt: 1,
      error: {
        code: 'LLM_BUDGET_EXHAUSTED',
        message: `LLM_BUDGET_TOKENS_PER_PERSON_AND_DAY has no room for the call; it begins anew at ${midnight()}`,
      },
    });
    expect(calls()).toBe(0);
    expect(await generate(other)).toMatchObject({ status: 'SUCCESS' });
    expect(calls()).toBe(1);
  });

  it('stop everybody when the system’s is used up', async () => {
    await spend(newId(), 0, 1);
    const [first, second] = await Promise.all([generate(newId()), generate(newId())]);
    for (const task of [first, second]) {
      expect(task.error).toMatchObject({
        code: 'LLM_BUDGET_EXHAUSTED',
        message: expect.stringContaining('LLM_BUDGET_USD_PER_DAY'),
      });
    }
    expect(calls()).toBe(0);
  });

  it('put a bulk run’s job back until the next day', async () => {
    const userId = newId();
    await spend(userId, ONE_CALL);
    expect(await putBack(userId, 'bulk')).toMatchObject({
      problem: { code: 'LLM_BUDGET_EXHAUSTED' },
      resume_at: midnight(),
    });
    expect(calls()).toBe(0);
  });

  it('put a job back after a call that was made, and the try counts: it has to be paid for again', async () => {
    const [userId, other] = [newId(), newId()];
    await generate(other);
    const [first] = await sql('select reserved_tokens from model_spending where user_id = ?', [other]);
    simulator.calls.reset();
    // Room for the first call, and not for the repair, which asks more.
    await spend(userId, ONE_CALL - Number(first?.reserved_tokens) - 20);
    simulator.addFault({ kind: 'lies', times: 1 });
    const { problem, resume_at, delay_ms } = await putBack(userId, 'bulk');
    expect(problem.code).toBe('LLM_BUDGET_EXHAUSTED');
    expect(resume_at).toBeUndefined();
    expect(delay_ms).toBeGreaterThan(0);
    expect(calls()).toBe(1);
  });

  it('count both calls of an answer that is rejected', async () => {
    simulator.addFault({ kind: 'lies' });
    expect(await generate(newId())).toMatchObject({ error: { code: 'LLM_ANSWER_REJECTED' } });
    expect(calls()).toBe(2);
    const rows = await sql('select * from model_spending where spent_tokens > 0 and spent_usd > 0');
    expect(rows).toHaveLength(2);
  });

  it('go on counting the estimate of a call that nobody knows the usage of, and not of one that was refused', async () => {
    simulator.addFault({ kind: 'stop-mid-stream', times: 1 });
    expect(await generate(newId())).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(await sql('select * from model_spending where spent_tokens is null')).toHaveLength(1);
    simulator.addFault({ kind: '401' });
    expect(await generate(newId())).toMatchObject({ error: { code: 'LLM_REFUSED' } });
    expect(await sql('select * from model_spending where spent_tokens = 0')).toHaveLength(1);
  });

  it('are never passed by replicas that reserve at once', async () => {
    const replica = await startInsight(harness.environment);
    const budgets = { LLM_BUDGET_TOKENS_PER_DAY: 1_000 };
    const ledgers = [harness.service, replica].map(
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
    expect(await sql(`select tokens from spending_total where spender = 'all'`)).toEqual([
      { tokens: String(9 * 90 + 7) },
    ]);
    expect(
      await sql(
        `select spender from spending_total where spender <> 'all' and tokens <> (
           select coalesce(sum(coalesce(spent_tokens, reserved_tokens)), 0) from model_spending where user_id::text = spender)`,
      ),
    ).toEqual([]);
    await replica.close();
  });

  it('forget what is older than 40 days', async () => {
    await spend(newId(), 1);
    for (const table of ['model_spending', 'spending_total']) await sql(`update ${table} set day = day - 41`);
    await generate(newId());
    expect(await sql('select * from model_spending')).toHaveLength(1);
    expect(await sql('select distinct day from spending_total')).toHaveLength(1);
  });
});

describe('a replay by a language model', () => {
  let operator: Operator;
  beforeAll(async () => {
    await start({ LLM_BUDGET_USD_PER_DAY: '1', BULK_SLOTS: '8' });
    operator = new Operator(harness);
    await operator.publish();
  });
  afterAll(() => harness.stop());
  afterEach(forgetSpending);

  const days = async (count: number) => {
    const user_id = newId();
    for (let day = 1; day <= count; day += 1) {
      await operator.compute({ user_id, snapshot_date: `2026-10-${String(day).padStart(2, '0')}` });
    }
    return { filter: { user_ids: [user_id] }, activate: 'by_hand' as const };
  };
  /** Jobs that a replay asked for, by when. */
  const requests = async ({ id }: Replay) =>
    (await harness.store.readFiltered('JOBS', 'jobs.insights.bulk.*.requested')).filter(
      (event) => JobRequested.read(event)?.payload.replay && JSON.stringify(event.data).includes(id),
    );

  it('requests nothing more while the model asks to wait, then goes on', async () => {
    simulator.addFault({ kind: '429', retryAfter: 4, times: 1 });
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
    expect(calls()).toBe(13);
  });

  it('counts repairs and what failed among its calls, and reports both', async () => {
    simulator.addFault({ kind: 'lies', times: 1 });
    const ordered = await operator.order({ ...(await days(3)), window: 1 });
    const done = await operator.becomes(ordered, 'completed');
    expect(calls()).toBe(4);
    expect(done.progress).toMatchObject({ written: 3, used: { calls: 4 } });
    const { report } = await harness.rpc.ask(getReplayReport, { replay_id: ordered.id });
    expect(report?.new).toMatchObject({ failed: 0, repaired: { insights: 1, known_for: 3 } });

    simulator.addFault({ kind: 'lies', times: 2 });
    const again = await operator.order({ ...(await days(2)), window: 1 });
    const failed = await operator.becomes(again, 'completed');
    expect(failed.progress).toMatchObject({ written: 1, failed: 1, used: { calls: 3 } });
    expect(calls()).toBe(7);
  });

  /** What a replay made of its calls, as the simulator and the ledger saw it. */
  const used = async ({ id }: Replay) => {
    const [row] = await sql(
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
    simulator.addFault({ kind: 'lies' });
    const ordered = await operator.order({ ...(await days(16)), window: 16, budget: { [unit]: limit } });
    const paused = await operator.becomes(ordered, 'paused');
    const took = await used(ordered);
    expect(paused).toMatchObject({ pause_reason: 'budget', progress: { written: 0, under_way: 0 } });
    expect(paused.progress.failed).toBe(calls() / 2);
    expect(calls()).toBeGreaterThan(2);
    expect(took).toMatchObject({ calls: calls() });
    expect(paused.progress.used).toEqual({
      calls: calls(),
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
      await generate(newId());
      const [one] = await sql(
        'select spent_tokens as spent, reserved_tokens as reserved from model_spending',
      );
      simulator.calls.reset();
      // Room for three, and not for four.
      const tokens = 2 * Number(one?.spent) + 2 * Number(one?.reserved) + 100;
      const limit = { calls: 4, tokens, usd: tokens / 1e6 }[unit];
      const ordered = await operator.order({ ...order, budget: { [unit]: limit } });
      const paused = await operator.becomes(ordered, 'paused');
      expect(paused).toMatchObject({
        pause_reason: 'budget',
        progress: { written: 3, failed: 0, under_way: 0, waiting: 3 },
      });
      expect(paused.progress.used[unit]).toBeLessThanOrEqual(limit);
      expect(calls()).toBe(3);
      await operator.control(ordered, { action: 'resume', budget: {} });
      expect((await operator.becomes(ordered, 'completed')).progress.written).toBe(6);
    },
  );

  it('fails no snapshot for good where a budget has no room for a single call', async () => {
    const ordered = await operator.order({ ...(await days(2)), budget: { tokens: 100 } });
    const paused = await operator.becomes(ordered, 'paused');
    expect(paused).toMatchObject({
      pause_reason: 'budget',
      progress: { written: 0, used: { calls: 0, tokens: 0 } },
    });
    const { report } = await harness.rpc.ask(getReplayReport, { replay_id: ordered.id });
    expect(report?.failures).toMatchObject([
      { code: 'REPLAY_BUDGET_EXHAUSTED', message: 'the replay’s budget of tokens has no room for the call' },
    ]);
    expect(calls()).toBe(0);
    await operator.control(ordered, { action: 'resume', budget: { tokens: 100_000 } });
    const done = await operator.becomes(ordered, 'completed');
    expect(done.progress).toMatchObject({ written: 2, failed: 0, used: { calls: 2 } });
  });

  it('counts a call that does not say what it took as the most that it may have taken', async () => {
    simulator.addFault({ kind: 'stop-mid-stream', times: 1 });
    const ordered = await operator.order({ ...(await days(1)), window: 1 });
    const { progress } = await operator.becomes(ordered, 'completed');
    const took = await used(ordered);
    expect(progress.used).toMatchObject({ calls: 2, tokens: took.tokens });
    expect(took.tokens).toBeGreaterThan(took.most);
  });

  it('waits for the next day where the day’s budget is used, and goes on then', async () => {
    await spend(newId(), 1, 1);
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
    expect(calls()).toBe(0);

    // The next day: its budget is unused, and the jobs are delivered again.
    await harness.service.close();
    await harness.store.manager.consumers.delete('JOBS', consumers['insight-insights-bulk'].name);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(midnight()) + 1_000, shouldAdvanceTime: true });
    try {
      harness.service = await startInsight(harness.environment);
      await forgetSpending();
      const done = await operator.becomes(ordered, 'completed');
      expect(done.progress).toMatchObject({ written: 4, failed: 0, retries: 0, used: { calls: 4 } });
      expect(calls()).toBe(4);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what a model takes', () => {
  const small = {
    id: 'small',
    provider: 'compatible',
    model: 'undertone-sim-1',
    context_tokens: 1_600,
    price,
  };
  beforeAll(() =>
    start(
      { LLM_FALLBACK: 'small,m,template', LLM_BUDGET_USD_PER_DAY: '1' },
      { requests_per_minute: 3 },
      { ...small, base_url: `${simulator.url}/v1` },
    ),
  );
  afterAll(() => harness.stop());
  const redis = () => harness.service.get<ReturnType<typeof connectRedis>>(REDIS);
  beforeEach(async () => {
    const calls = 'v1:model-calls:m';
    await redis().del(calls, `${calls}:turn:interactive`, `${calls}:turn:bulk`);
    await forgetSpending();
  });

  it('is no more than its context, which is known before the call', async () => {
    const { result } = await generate(newId());
    const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(result?.insight_id) });
    expect(insight).toMatchObject({
      model_id: 'm',
      fallbacks: [{ model: 'small', code: 'LLM_CONTEXT_EXCEEDED' }],
    });
    expect(calls()).toBe(1);
  });

  it('is so many calls in any minute, and the next job is put back until one is a minute ago', async () => {
    for (const userId of [newId(), newId(), newId()]) {
      expect(await generate(userId)).toMatchObject({ status: 'SUCCESS' });
    }
    const [, first] = await redis().zrange('v1:model-calls:m', '0', '0', 'WITHSCORES');
    const waits = await putBack(newId(), 'interactive');
    expect(waits).toMatchObject({
      attempt: 1,
      problem: { code: 'LLM_CALL_RATE_REACHED' },
      resume_at: new Date(Number(first) + 60_000).toISOString(),
    });
    // The next one's turn comes at the pace of the model.
    const next = await putBack(newId(), 'interactive');
    expect(next.resume_at).toBe(new Date(Number(first) + 80_000).toISOString());
    expect(calls()).toBe(3);
    // What was not made is in no budget.
    expect(await sql('select * from model_spending')).toHaveLength(3);
  });

  it('is waited for by a repair, which follows a call that was paid for', async () => {
    const made = Date.now() - 57_000;
    await redis().zadd('v1:model-calls:m', made, 'one', made, 'two');
    simulator.addFault({ kind: 'lies', times: 1 });
    expect(await generate(newId())).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(calls()).toBe(2);
    const entries = await redis().zrange('v1:model-calls:m', '0', '-1', 'WITHSCORES');
    expect(Number(entries.at(-1))).toBeGreaterThanOrEqual(made + 60_000);
  });

  it('is not counted while Redis is away: the model’s own answer is what holds back', async () => {
    for (const at of [1, 2, 3]) await redis().zadd('v1:model-calls:m', Date.now(), `call ${at}`);
    redis().disconnect();
    try {
      expect(await generate(newId())).toMatchObject({ status: 'SUCCESS', attempt: 1 });
      simulator.addFault({ kind: '429', retryAfter: 1, times: 1 });
      const { result } = await generate(newId());
      const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(result?.insight_id) });
      expect(insight?.fallbacks).toContainEqual({ model: 'm', code: 'LLM_RATE_LIMITED' });
    } finally {
      await redis().connect();
    }
    expect((await putBack(newId(), 'interactive')).problem.code).toBe('LLM_CALL_RATE_REACHED');
  });

  it('is no reason for a template to write where the day’s budget has no room', async () => {
    await spend(newId(), 1, 1);
    const userId = newId();
    expect(await generate(userId)).toMatchObject({ error: { code: 'LLM_BUDGET_EXHAUSTED' } });
    expect(await harness.written(userId)).toEqual([]);
    expect(calls()).toBe(0);
  });
});
