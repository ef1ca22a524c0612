import { LLMock } from '@copilotkit/aimock';
import { MikroORM } from '@mikro-orm/postgresql';
import { getInsight, listModels } from '@undertone/contracts/insight/rpc';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';

/** AIMock, an OpenAI-compatible server by others that answers what it is told to: not this project's reading of the API. */
const server = new LLMock({ auth: { apiKeys: ['the-key'] } });

const content = JSON.stringify({
  title: 'A bright and lively month',
  body: 'Your music sounded bright and lively, with a good share of energy. Part of it is unknown, so this is a glimpse and no more.',
  highlights: [{ metric: 'avg_energy', text: 'Much of it had drive.' }],
  tips: ['Try a quiet record in the evening.'],
});
const usage = { prompt_tokens: 1_203, completion_tokens: 187 };
const good = { content, usage, model: 'first-2026-11-01' };

describe('a server that nobody here wrote', () => {
  let harness: Harness;
  beforeAll(async () => {
    const url = await server.start();
    const entry = { provider: 'compatible', base_url: `${url}/v1`, timeout_seconds: 1, price: null };
    const [key, price] = [
      { api_key_env: 'LLM_API_KEY_AIMOCK' },
      { input_usd_per_million: 1, output_usd_per_million: 10, as_of: '2026-11-01' },
    ];
    harness = await startHarness({
      INSIGHT_ENGINE: 'openai',
      LLM_API_KEY_AIMOCK: 'the-key',
      LLM_MODELS: JSON.stringify([
        { ...entry, ...key, id: 'first', model: 'first', price },
        { ...entry, ...key, id: 'second', model: 'second' },
        { ...entry, ...key, id: 'absent', model: 'absent' },
        { ...entry, id: 'locked', model: 'first' },
      ]),
      LLM_FALLBACK: 'first,second',
      LLM_BUDGET_TOKENS_PER_DAY: '1000000',
    });
  });
  afterAll(async () => {
    await harness.stop();
    await server.stop();
  });
  afterEach(() => void server.reset());

  const generate = async () => {
    const snapshot = inventedSnapshot();
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id);
    const insightId = task.result?.insight_id;
    return {
      task,
      written: await harness.written(snapshot.user_id),
      spent: await harness.service
        .get<MikroORM>(MikroORM)
        .em.fork()
        .execute('select spent_tokens from model_spending where user_id = ?', [snapshot.user_id]),
      insight: insightId
        ? (await harness.rpc.ask(getInsight, { insight_id: String(insightId) })).insight
        : null,
    };
  };
  const asked = () => server.getRequests().filter(({ method }) => method === 'POST');

  it('is asked as it expects, and its answer stored with model, tokens, cost and request id', async () => {
    server.on({ model: 'first', responseFormat: 'json_schema' }, good);
    const { insight } = await generate();
    expect(insight).toMatchObject({
      llm_model: 'first-2026-11-01',
      model_id: 'first',
      ...usage,
      cost_usd: (1_203 + 1_870) / 1e6,
      provider_request_id: expect.stringMatching(/^req-/),
      structured_output: { title: 'A bright and lively month' },
      fallbacks: [],
    });
    expect(asked()).toMatchObject([{ body: { messages: [{ role: 'system' }, { role: 'user' }] } }]);
  });

  it('tries again when the time it asks to wait is over', async () => {
    for (const model of ['first', 'second']) {
      const error = { message: 'Rate limit reached', type: 'rate_limit_error' };
      server.on({ model, sequenceIndex: 0 }, { error, status: 429, retryAfter: 1 });
    }
    server.on({ model: 'first' }, good);
    const { task } = await generate();
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(asked()).toHaveLength(3);
  });

  it.each([
    ['429', { rateLimitRate: 1 }, 'LLM_RATE_LIMITED'],
    ['500', { dropRate: 1 }, 'LLM_UNAVAILABLE'],
    ['broken JSON', { malformedRate: 1 }, 'LLM_UNAVAILABLE'],
    ['a broken connection', { disconnectRate: 1 }, 'LLM_UNAVAILABLE'],
    ['nothing in time', { latencyMs: 3_000 }, 'LLM_UNAVAILABLE'],
  ])('has the next model write when it answers with %s', async (_what, chaos, code) => {
    server.on({ model: 'first' }, good, { chaos });
    server.on({ model: 'second' }, { ...good, model: 'second' });
    const { task, insight } = await generate();
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(insight).toMatchObject({ model_id: 'second', fallbacks: [{ model: 'first', code }] });
  });

  it.each([
    ['prose in place of JSON', { content: 'Here is your insight: it was a bright month.' }, 'not JSON'],
    ['JSON of its own schema', { content: '{"insight":"bright"}' }, 'does not fit the schema'],
    ['half of it', { content: content.slice(0, 90), finishReason: 'length' }, 'cut off'],
    [
      'less, by its own filter',
      { content: content.slice(0, 90), finishReason: 'content_filter' },
      'not JSON',
    ],
    ['a call of a tool', { toolCalls: [{ name: 'write', arguments: content }] }, 'not JSON'],
  ])('stores nothing when it gives %s, and counts both calls', async (_what, answer, why) => {
    server.on({ model: 'first' }, { ...answer, usage });
    const { task, written, spent } = await generate();
    expect(task).toMatchObject({ status: 'FAILURE', error: { code: 'LLM_ANSWER_REJECTED' }, attempt: 1 });
    expect(task.error?.message).toContain(why);
    expect(written).toEqual([]);
    expect(spent).toEqual([{ spent_tokens: '1390' }, { spent_tokens: '1390' }]);
  });

  it('repairs an answer when it is told the faults', async () => {
    server.on({ model: 'first', sequenceIndex: 0 }, { content: '{"insight":"bright"}', usage });
    server.on({ userMessage: 'This answer cannot be used' }, good);
    const { insight } = await generate();
    expect(insight).toMatchObject({ prompt_tokens: 2_406, completion_tokens: 374 });
    const roles = ['system', 'user', 'assistant', 'user'].map((role) => ({ role }));
    expect(asked()[1]).toMatchObject({ body: { messages: roles } });
  });

  it('is shown with how it is', async () => {
    server.on({ model: 'first' }, good);
    const { models } = await harness.rpc.ask(listModels, {});
    expect(models.map(({ id, health }) => [id, health.status, health.detail])).toEqual([
      ['first', 'up', 'the server lists the model'],
      ['second', 'down', 'the server does not have the model'],
      ['absent', 'down', 'the server does not have the model'],
      ['locked', 'down', 'the server refuses the key (401)'],
    ]);
  });
});
