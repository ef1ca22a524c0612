import { MikroORM } from '@mikro-orm/postgresql';
import { getInsight } from '@undertone/contracts/insight/rpc';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { JobRetrying } from '@undertone/contracts/jobs/job';
import { jobAggregate, type Lane } from '@undertone/contracts/subjects';
import type { connectRedis } from '@undertone/platform/cache/read-cache';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { REDIS } from '@undertone/platform/nest/tokens';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startInsight } from '../src/insight.js';
import { SpendingLedger } from '../src/models/spending-ledger.js';
import { exampleSnapshot, type Harness, startHarness } from './harness.js';

/** Enough for the estimate of one call. */
const ONE_CALL = 6_000;
const price = { input_usd_per_million: 1, output_usd_per_million: 1, as_of: '2026-11-01' };

let simulator: LlmSimulator;
let harness: Harness;
const calls = () => simulator.calls.summary().routes['POST /v1/chat/completions']?.calls ?? 0;
const sql = (query: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
  harness.service.get<MikroORM>(MikroORM).em.fork().execute(query, values);
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
  afterEach(() => sql('delete from model_spending'));

  /** As if calls had taken so much today. */
  const spend = (userId: string, tokens: number, usd = 0) =>
    sql(
      `insert into model_spending (id, user_id, day, model_id, reserved_tokens, reserved_usd, spent_tokens, spent_usd, at)
       values (?, ?, (now() at time zone 'utc')::date, 'm', 0, 0, ?, ?, now())`,
      [newId(), userId, tokens, usd],
    );

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
      Array.from({ length: 40 }, (_, at) => ledgers[at % 2]?.reserve(newId(), 'm', { tokens: 90, usd: 0 })),
    );
    expect(answers.filter((answer) => typeof answer === 'string')).toHaveLength(11);
    await replica.close();
  });

  it('forget what is older than 40 days', async () => {
    await spend(newId(), 1);
    await sql(`update model_spending set day = day - 41`);
    await generate(newId());
    expect(await sql('select * from model_spending')).toHaveLength(1);
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
      { LLM_FALLBACK: 'small,m' },
      { requests_per_minute: 3 },
      { ...small, base_url: `${simulator.url}/v1` },
    ),
  );
  afterAll(() => harness.stop());
  const redis = () => harness.service.get<ReturnType<typeof connectRedis>>(REDIS);
  beforeEach(async () => {
    await redis().del('v1:model-calls:m');
    await sql('delete from model_spending');
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
});
