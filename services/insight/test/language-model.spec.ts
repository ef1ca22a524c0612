import { getInsight, listModels } from '@undertone/contracts/insight/rpc';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { JobRetrying } from '@undertone/contracts/jobs/job';
import { jobAggregate } from '@undertone/contracts/subjects';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { evolveTask } from '@undertone/platform/jobs/task';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startLlmSimulator } from '@undertone/simulators/llm/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostileAnswers } from './hostile/hostile-answers.js';
import { type ModelHarness, startModelHarness } from './model-harness.js';
import { Operator } from './replay-harness.js';

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
    const snapshot = inventedSnapshot();
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

  describe('in bulk', () => {
    afterAll(() => simulator.close());

    /** Its server is gone until the function that this gives is called. */
    const stopServer = async () => {
      await simulator.close();
      const port = Number(new URL(simulator.url).port);
      return async () => {
        simulator = await startLlmSimulator({ port });
      };
    };
    const ask = async () => {
      const snapshot = inventedSnapshot();
      const payload = {
        user_id: snapshot.user_id,
        snapshot_id: harness.keep(snapshot),
        insight_type: 'wellness',
        tone_mode: 'supportive',
      } as const;
      const id = await requestJob(harness.store, generateInsight, { payload, lane: 'bulk', source: 'test' });
      const job = jobAggregate('insights', 'bulk', id);
      return {
        job,
        userId: snapshot.user_id,
        becomes: (status: string) =>
          eventually(`the job is ${status}`, async () => {
            const last = await harness.store.last(job.stream, job.filter);
            const task = last && evolveTask(undefined, last)?.task;
            return task?.status === status && task;
          }),
      };
    };

    it('puts jobs back while its server is gone, loses no try, and goes on when it is there again', async () => {
      const startServer = await stopServer();
      const jobs = await Promise.all(Array.from({ length: 6 }, ask));
      const waits = await Promise.all(jobs.map(({ becomes }) => becomes('RETRY')));
      expect(waits).toEqual(
        waits.map(() => expect.objectContaining({ error: expect.anything(), attempt: 0 })),
      );
      expect(new Set(waits.map(({ error }) => error?.code))).toEqual(new Set(['LLM_AWAY']));
      const [first] = jobs as [(typeof jobs)[0]];
      await eventually('one was put back again and again', async () => {
        const events = await harness.store.read(first.job);
        return events.filter((event) => JobRetrying.read(event)?.resume_at).length > 1;
      });
      const { models } = await harness.rpc.ask(listModels, {});
      expect(models[0]?.health).toMatchObject({
        status: 'down',
        detail: expect.stringContaining('bulk jobs leave it alone until'),
      });
      await startServer();
      for (const { becomes, userId } of jobs) {
        expect(await becomes('SUCCESS')).toMatchObject({ attempt: 1 });
        expect(await harness.written(userId)).toHaveLength(1);
      }
      expect(calls()).toBe(6);
    }, 90_000);

    it('goes on counting tries of a call that the model may have worked for', async () => {
      simulator.addFault({ kind: '5xx', status: 500 });
      const { becomes, userId } = await ask();
      expect(await becomes('FAILURE')).toMatchObject({ error: { code: 'LLM_UNAVAILABLE' }, attempt: 4 });
      expect(await harness.written(userId)).toEqual([]);
      expect(calls()).toBe(4);
    }, 60_000);

    it('has a replay outlive an outage in its middle, with one insight of each snapshot', async () => {
      const operator = new Operator(harness);
      await operator.publish();
      simulator.addFault({ kind: 'slow', ms: 100 });
      const { user_id } = inventedSnapshot();
      for (let day = 1; day <= 20; day += 1) {
        await operator.compute({ user_id, snapshot_date: `2026-10-${String(day).padStart(2, '0')}` });
      }
      await eventually('the snapshots are known', async () => {
        return (await operator.estimate({ filter: { user_ids: [user_id] } })).snapshots === 20;
      });
      const ordered = await operator.order({ filter: { user_ids: [user_id] }, activate: 'by_hand' });
      await eventually('it is on its way', async () => (await operator.look(ordered)).progress.written > 2);
      const startServer = await stopServer();
      await eventually('it says that jobs wait for the model', async () => {
        return (await operator.look(ordered)).progress.put_back?.code === 'LLM_AWAY';
      });
      await startServer();
      const { progress } = await operator.becomes(ordered, 'completed', 60_000);
      expect(progress).toMatchObject({ snapshots: 20, written: 20, failed: 0 });
      const events = await harness.written(user_id);
      expect(new Set(events.map(({ data }) => (data as { snapshot_id: string }).snapshot_id)).size).toBe(20);
      expect(events.map(({ data }) => (data as { calls: number }).calls)).toEqual(Array(20).fill(1));
    }, 120_000);
  });
});
