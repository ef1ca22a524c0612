import { getInsight } from '@undertone/contracts/insight/rpc';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostileAnswers } from '../src/writers/hostile/hostile-answers.js';
import { exampleSnapshot } from './harness.js';
import { type ModelHarness, startModelHarness } from './model-harness.js';

describe('generating an insight with a language model', () => {
  let running: ModelHarness;
  let simulator: ModelHarness['simulator'];
  let harness: ModelHarness['harness'];
  beforeAll(async () => {
    running = await startModelHarness({ LLM_TIMEOUT_SECONDS: '1' });
    ({ simulator, harness } = running);
  });
  afterAll(() => running.stop());
  afterEach(() => {
    simulator.clearFaults();
    simulator.calls.reset();
  });

  const calls = () => simulator.calls.summary().routes['POST /v1/chat/completions']?.calls ?? 0;
  const generate = async () => {
    const snapshot = exampleSnapshot();
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id);
    return { task, events: await harness.written(snapshot.user_id) };
  };

  it('says which model it was and what it took', async () => {
    const { task } = await generate();
    expect(task.status).toBe('SUCCESS');
    const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(task.result?.insight_id) });
    expect(insight).toMatchObject({
      llm_model: 'undertone-sim-1',
      prompt_tokens: expect.any(Number),
      completion_tokens: expect.any(Number),
      provider_request_id: expect.any(String),
    });
    expect(calls()).toBe(1);
  });

  it.each([
    ['rate limited', { kind: '429', retryAfter: 1, times: 1 }],
    ['broken', { kind: '5xx', times: 1 }],
    ['silent', { kind: 'hang', times: 1 }],
    ['breaking off', { kind: 'stop-mid-stream', times: 1 }],
  ] as const)('tries again while the model is %s', async (_what, fault) => {
    simulator.addFault(fault);
    const { task, events } = await generate();
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(events).toHaveLength(1);
    expect(calls()).toBe(2);
  });

  it('fails after four tries, and stores nothing, when the model goes on failing', async () => {
    for (const kind of ['429', '5xx', 'stop-mid-stream', 'hang'] as const)
      simulator.addFault({ kind, times: 1, ...(kind === '429' && { retryAfter: 1 }) });
    const { task, events } = await generate();
    expect(task).toMatchObject({ status: 'FAILURE', error: { code: 'LLM_UNAVAILABLE' }, attempt: 4 });
    expect(events).toEqual([]);
    expect(calls()).toBe(4);
  }, 60_000);

  it.each([
    ['cut off', { kind: 'length', times: 1 }],
    ['writing no JSON', { kind: 'malformed', times: 1 }],
    ['off the schema', { kind: 'wrong-schema', times: 1 }],
    ['refusing', { kind: 'refusal', times: 1 }],
    ['lying about numbers', { kind: 'lies', times: 1 }],
    ['diagnosing', { kind: 'diagnosis', times: 1 }],
  ] as const)('asks once more, with what is wrong, when the model is %s', async (_what, fault) => {
    simulator.addFault(fault);
    const { task, events } = await generate();
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(events).toHaveLength(1);
    expect(calls()).toBe(2);
  });

  it.each([
    ['lies', { kind: 'lies' }],
    ['no JSON', { kind: 'malformed' }],
    ['refusals', { kind: 'refusal' }],
  ] as const)(
    'fails after one repair when there are only %s, and stores no wrong text',
    async (_what, fault) => {
      simulator.addFault(fault);
      const { task, events } = await generate();
      expect(task).toMatchObject({ status: 'FAILURE', error: { code: 'LLM_ANSWER_REJECTED' }, attempt: 1 });
      expect(events).toEqual([]);
      expect(calls()).toBe(2);
    },
  );

  it.each(Object.entries(hostileAnswers))('never stores a text that %s', async (what, [said = '']) => {
    const body = `${said} The other parts of it were much like this one.`;
    const text = {
      title: 'Your music',
      body,
      highlights: [{ metric: 'coverage', text: 'Some.' }],
      tips: ['Listen.'],
    };
    simulator.addFault({ kind: 'says', content: JSON.stringify(text) });
    const { task, events } = await generate();
    expect(task).toMatchObject({ status: 'FAILURE', error: { code: 'LLM_ANSWER_REJECTED' } });
    expect(task.error?.message).toContain(what);
    expect(task.error?.message).not.toContain(said.slice(0, 20));
    expect(events).toEqual([]);
  });

  it('fails at once when the model refuses the key, and writes nothing in its place', async () => {
    simulator.addFault({ kind: '401' });
    const { task, events } = await generate();
    expect(task).toMatchObject({ status: 'FAILURE', error: { code: 'LLM_REFUSED' }, attempt: 1 });
    expect(events).toEqual([]);
  });
});
