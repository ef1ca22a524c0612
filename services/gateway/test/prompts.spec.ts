import { giveFeedback } from '@undertone/contracts/insight/rpc';
import type { PromptDraft, PromptOverview, PromptVersion } from '@undertone/contracts/prompt/prompt';
import {
  getPrompt,
  listPrompts,
  movePromptLabel,
  publishPrompt,
  reportOnPrompt,
  startExperiment,
  stopExperiment,
} from '@undertone/contracts/prompt/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badFields, problemOf, type Reply, type Sent } from './client.js';
import { conforms } from './conforms.js';
import { startSystem, type TestSystem } from './system.js';

const at = '2026-11-24T10:00:00.000Z';
const overview: PromptOverview = {
  name: 'wellness',
  newest: 2,
  labels: { production: 1, candidate: null },
  experiment: null,
};
const draft = {
  name: 'wellness',
  messages: [{ role: 'user', content: 'Write about {{facts}}.' }],
  variables: { facts: 'json' },
  changelog: 'Shorter.',
};
const versionOf = ({ output = 'insight/wellness', ...content }: PromptDraft): PromptVersion => ({
  ...content,
  output,
  number: 2,
  hash: 'ab'.repeat(32),
  origin: 'operator',
  published_at: at,
});
const variants = [
  { variant: 'control', number: 1, percent: 50 },
  { variant: 'new', number: 2, percent: 50 },
];
const running = { experiment_id: newId(), variants, started_at: at };

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem();
  const { behind } = system;
  await behind.answer(publishPrompt, versionOf);
  await behind.answer(listPrompts, () => ({ prompts: [overview] }));
  await behind.answer(getPrompt, () => ({
    ...overview,
    versions: [],
    label_moves: [
      {
        label: 'production' as const,
        number: 1,
        moved_by: 'release' as const,
        replay_id: null,
        moved_at: at,
      },
    ],
  }));
  await behind.answer(movePromptLabel, ({ label, number }) => ({
    ...overview,
    labels: { ...overview.labels, [label]: number },
  }));
  await behind.answer(startExperiment, () => ({ ...overview, experiment: running }));
  await behind.answer(stopExperiment, () => overview);
  await behind.answer(giveFeedback, ({ insight_id, helpful }) => ({ insight_id, helpful }));
});
afterAll(() => system.stop());

async function call(operation: string, method: string, path: string, sent?: Sent): Promise<Reply> {
  const reply = await system.send(method, path, sent);
  conforms(operation, reply);
  return reply;
}
const publish = (json: unknown, headers = {}) =>
  call('publishPrompt', 'POST', '/api/admin/prompts', { json, headers });
const move = (json: unknown, headers = {}) =>
  call('movePromptLabel', 'POST', '/api/admin/prompts/wellness/labels', { json, headers });
const experiment = (json: unknown) =>
  call('startPromptExperiment', 'POST', '/api/admin/prompts/wellness/experiment', { json });

describe('publishing a prompt', () => {
  it('gives the version', async () => {
    const reply = await publish(draft);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ number: 2, model: null, parameters: {}, origin: 'operator' });
  });

  it.each([
    ['no changelog', { ...draft, changelog: undefined }, ['changelog']],
    ['a name that is no type of insight', { ...draft, name: 'horoscope' }, ['name']],
    ['a variable of no type', { ...draft, variables: { facts: 'xml' } }, ['variables.facts']],
    [
      'a role that only a model has',
      { ...draft, messages: [{ role: 'assistant', content: 'x' }] },
      ['messages.0.role'],
    ],
    [
      'parameters that no model takes',
      { ...draft, parameters: { temperature: 9 } },
      ['parameters.temperature'],
    ],
    ['a field that there is not', { ...draft, number: 7 }, ['number']],
  ])('is refused with %s', async (_what, json, fields) => {
    const reply = await publish(json);
    expect(reply.status).toBe(422);
    expect(badFields(reply)).toEqual(fields);
  });

  it('shows the fields that the service refused', async () => {
    const errors = [{ path: 'messages.0.content', message: '{{fact}} is not declared in variables' }];
    await system.behind.answer(publishPrompt, () => {
      throw new Refused('INVALID_PROMPT', 'the prompt could not be filled in', errors);
    });
    const reply = await publish(draft);
    await system.behind.answer(publishPrompt, versionOf);
    expect(problemOf(reply)).toMatchObject({ status: 422, code: 'INVALID_PROMPT', errors });
  });

  it('takes an idempotency key for one draft', async () => {
    const headers = { 'idempotency-key': newId() };
    expect((await publish(draft, headers)).status).toBe(200);
    expect((await publish(draft, headers)).status).toBe(200);
    expect(problemOf(await publish({ ...draft, changelog: 'Other.' }, headers)).code).toBe(
      'IDEMPOTENCY_MISMATCH',
    );
  });
});

describe('prompts', () => {
  it('are listed and shown', async () => {
    expect((await call('listPrompts', 'GET', '/api/admin/prompts')).body).toEqual([overview]);
    const shown = await call('getPrompt', 'GET', '/api/admin/prompts/wellness');
    expect(shown.body).toMatchObject(overview);
    expect((await call('getPrompt', 'GET', '/api/admin/prompts/horoscope')).status).toBe(422);
  });

  it('that were never published are unknown', async () => {
    await system.behind.answer(reportOnPrompt, () => {
      throw new Refused('PROMPT_NOT_FOUND', 'no version of this prompt was published');
    });
    const reply = await call('reportOnPrompt', 'GET', '/api/admin/prompts/roast/report');
    expect(problemOf(reply)).toMatchObject({ status: 404, code: 'PROMPT_NOT_FOUND' });
  });

  it('have labels that move', async () => {
    const reply = await move({ label: 'candidate', number: 2 });
    expect(reply.body).toMatchObject({ labels: { production: 1, candidate: 2 } });
    expect(badFields(await move({ label: 'staging', number: 0 }))).toEqual(['label', 'number']);
  });

  it('may be compared, one experiment at a time', async () => {
    expect((await experiment({ variants })).body).toMatchObject({ experiment: running });
    await system.behind.answer(startExperiment, () => {
      throw new Refused('EXPERIMENT_RUNNING', 'another experiment runs; stop it first');
    });
    expect(problemOf(await experiment({ variants }))).toMatchObject({
      status: 409,
      code: 'EXPERIMENT_RUNNING',
    });
    const stopped = await call('stopPromptExperiment', 'DELETE', '/api/admin/prompts/wellness/experiment');
    expect(stopped.body).toEqual(overview);
  });

  it.each([
    ['that do not add up', [variants[0], { ...variants[1], percent: 49 }]],
    ['of one version', [variants[0], { ...variants[1], number: 1 }]],
    ['of one name', [variants[0], { ...variants[1], variant: 'control' }]],
    ['that are one', [{ ...variants[0], percent: 99 }]],
  ])('are not compared with shares %s', async (_what, shares) => {
    expect(badFields(await experiment({ variants: shares }))).toContain('variants');
  });

  it('have a report', async () => {
    const row = {
      prompt_version: 'wellness-v1',
      number: 1,
      experiment_id: null,
      variant: null,
      insights: 3,
      failures: 1,
      failure_codes: { LLM_REFUSED: 1 },
      failure_rate: 0.25,
      llm_models: ['template'],
      cost_usd: null,
      tokens: { prompt: 0, completion: 0 },
      generation_ms: { median: 2, p95: 3.5 },
      feedback: { helpful: 1, unhelpful: 0, helpful_share: 1, low: 0.2, high: 1 },
    };
    await system.behind.answer(reportOnPrompt, ({ name, from = null, to = null }) => ({
      name,
      from,
      to,
      rows: [row],
    }));
    const query = { from: '2026-11-01', to: '2026-11-30' };
    const reply = await call('reportOnPrompt', 'GET', '/api/admin/prompts/wellness/report', { query });
    expect(reply.body).toEqual({ name: 'wellness', ...query, rows: [row] });
    const bad = await call('reportOnPrompt', 'GET', '/api/admin/prompts/wellness/report', {
      query: { from: 'yesterday' },
    });
    expect(badFields(bad)).toEqual(['from']);
  });
});

describe('feedback', () => {
  const give = (json: unknown, id = newId()) =>
    call('giveFeedback', 'POST', `/api/insights/${id}/feedback`, { json });

  it('says what counts', async () => {
    const insightId = newId();
    expect((await give({ helpful: true }, insightId)).body).toEqual({ insight_id: insightId, helpful: true });
  });

  it('is a yes or a no, and no text', async () => {
    expect(badFields(await give({ helpful: 'very' }))).toEqual(['helpful']);
    expect(badFields(await give({ helpful: true, comment: 'I am …' }))).toEqual(['comment']);
  });

  it('on nothing is refused', async () => {
    await system.behind.answer(giveFeedback, () => {
      throw new Refused('INSIGHT_NOT_FOUND', 'there is no such insight');
    });
    expect(problemOf(await give({ helpful: true }))).toMatchObject({
      status: 404,
      code: 'INSIGHT_NOT_FOUND',
    });
  });
});
