import { getInsight, listModels } from '@undertone/contracts/insight/rpc';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';

const CALL = 'POST /v1/chat/completions';

/** Two models of one's own, each at a server of its own. */
const entry = (id: string, simulator: LlmSimulator, change: object = {}) => ({
  id,
  provider: 'compatible',
  model: 'undertone-sim-1',
  base_url: `${simulator.url}/v1`,
  price: null,
  timeout_seconds: 1,
  ...change,
});

describe('several language models', () => {
  let first: LlmSimulator;
  let second: LlmSimulator;
  let harness: Harness;
  beforeAll(async () => {
    [first, second] = await Promise.all([startLlmSimulator(), startLlmSimulator()]);
    const price = { input_usd_per_million: 0.25, output_usd_per_million: 2, as_of: '2026-11-01' };
    harness = await startHarness({
      INSIGHT_ENGINE: 'openai',
      LLM_MODELS: JSON.stringify([
        entry('first', first, { price }),
        entry('second', second, { json_schema: true }),
        entry('absent', second, { model: 'not-there' }),
      ]),
      LLM_FALLBACK: 'first,second',
    });
  });
  afterAll(async () => {
    await harness.stop();
    await Promise.all([first.close(), second.close()]);
  });
  afterEach(() => {
    for (const simulator of [first, second]) {
      simulator.clearFaults();
      simulator.calls.reset();
    }
  });

  const calls = (simulator: LlmSimulator) => simulator.calls.summary().routes[CALL]?.calls ?? 0;
  const generate = async () => {
    const snapshot = inventedSnapshot();
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id);
    const insightId = task.result?.insight_id;
    const { insight } = insightId
      ? await harness.rpc.ask(getInsight, { insight_id: String(insightId) })
      : { insight: null };
    return { task, insight, written: await harness.written(snapshot.user_id) };
  };

  it('ask the first one, and say what that cost by which price list', async () => {
    const { insight } = await generate();
    expect(insight).toMatchObject({ model_id: 'first', price_as_of: '2026-11-01', fallbacks: [] });
    const { prompt_tokens: input, completion_tokens: output } = insight ?? {};
    expect(insight?.cost_usd).toBeCloseTo(((input ?? 0) * 0.25 + (output ?? 0) * 2) / 1e6, 12);
    expect([calls(first), calls(second)]).toEqual([1, 0]);
  });

  it.each([
    ['429', { kind: '429', retryAfter: 60 }, 'LLM_RATE_LIMITED'],
    ['500', { kind: '5xx' }, 'LLM_UNAVAILABLE'],
    ['nothing', { kind: 'hang' }, 'LLM_UNAVAILABLE'],
    ['half an answer', { kind: 'stop-mid-stream' }, 'LLM_UNAVAILABLE'],
    ['401', { kind: '401' }, 'LLM_REFUSED'],
  ] as const)('ask the next one when the first answers %s, and record why', async (_what, fault, code) => {
    first.addFault(fault);
    const { task, insight } = await generate();
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(insight).toMatchObject({
      model_id: 'second',
      cost_usd: null,
      price_as_of: null,
      fallbacks: [{ model: 'first', code }],
    });
    expect([calls(first), calls(second)]).toEqual([1, 1]);
  });

  it('write nothing when none answers, and no template stands in', async () => {
    first.addFault({ kind: '401' });
    second.addFault({ kind: '401' });
    const { task, written } = await generate();
    expect(task).toMatchObject({ status: 'FAILURE', error: { code: 'LLM_REFUSED' }, attempt: 1 });
    expect(written).toEqual([]);
  });

  it('try again while one of them may come back', async () => {
    first.addFault({ kind: '401' });
    second.addFault({ kind: '5xx', times: 1 });
    const { task } = await generate();
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 2 });
  });

  it('leave the first alone in a bulk run while it is away, and have the second write', async () => {
    first.addFault({ kind: '5xx', status: 503 });
    const scheduled = () => {
      const snapshot = inventedSnapshot();
      return { snapshotId: harness.keep(snapshot), userId: snapshot.user_id };
    };
    const [one] = await harness.generateAll([scheduled()]);
    const others = await harness.generateAll(Array.from({ length: 12 }, scheduled));
    for (const written of [one, ...others]) {
      const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(written?.insight_id) });
      expect(insight).toMatchObject({
        model_id: 'second',
        fallbacks: [{ model: 'first', code: 'LLM_UNAVAILABLE' }],
      });
    }
    expect(calls(second)).toBe(13);
    expect(calls(first)).toBeLessThan(6);
  });

  it('are shown with how they are, and without their keys', async () => {
    const overview = await harness.rpc.ask(listModels, {});
    expect(overview.order).toEqual(['first', 'second']);
    expect(overview.models).toMatchObject([
      { id: 'first', price: { as_of: '2026-11-01' }, health: { status: 'up' } },
      { id: 'second', price: null, health: { status: 'up' } },
      { id: 'absent', health: { status: 'down', detail: 'the server does not have the model' } },
    ]);
    expect(Object.keys(overview.models[0] ?? {})).not.toContain('apiKey');
  });

  it('are asked how they are once for many who look', async () => {
    await Promise.all(Array.from({ length: 20 }, () => harness.rpc.ask(listModels, {})));
    expect(first.calls.summary().routes['GET /v1/models']?.calls ?? 0).toBeLessThanOrEqual(1);
  });
});

describe('an order that ends in the templates', () => {
  it('has them write when no model answers, and the insight says so', async () => {
    const simulator = await startLlmSimulator();
    const harness = await startHarness({
      INSIGHT_ENGINE: 'openai',
      LLM_MODELS: JSON.stringify([entry('only', simulator)]),
      LLM_FALLBACK: 'only,template',
    });
    await simulator.close();
    const snapshot = inventedSnapshot();
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id);
    const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(task.result?.insight_id) });
    expect(insight).toMatchObject({
      llm_model: 'template',
      model_id: null,
      cost_usd: 0,
      fallbacks: [{ model: 'only', code: 'LLM_UNAVAILABLE' }],
    });
    const { order, models } = await harness.rpc.ask(listModels, {});
    expect(order).toEqual(['only', 'template']);
    expect(models).toMatchObject([{ health: { status: 'down', latency_ms: null } }]);
    await harness.stop();
  });
});
