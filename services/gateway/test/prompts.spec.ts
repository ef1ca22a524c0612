import type { InputOf } from '@undertone/contracts/client/route-types';
import { giveFeedback } from '@undertone/contracts/insight/rpc';
import type { PromptDraft, PromptVersion } from '@undertone/contracts/prompt/prompt';
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
import type { Call } from './caller.js';
import { badFields, type Reply } from './client.js';
import { conforms } from './conforms.js';
import { examplePrompt, examplePromptReport } from './examples.js';
import { startSystem, type TestSystem } from './system.js';

const at = '2026-11-24T10:00:00.000Z';
const overview = examplePrompt;
const { name } = overview;
const draft: InputOf<'publishPrompt'> = {
  name,
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
    next: 'of-the-next-page',
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

const call: Call = (route, ...given) => system.call(route, ...given);
const experiment = () => call('startPromptExperiment', { name, variants });

/** Sends what the types of a route refuse, and holds the answer against the OpenAPI document. */
async function post(operation: string, path: string, json: unknown): Promise<Reply> {
  const reply = await system.send('POST', path, { json });
  conforms(operation, reply);
  return reply;
}

describe('publishing a prompt', () => {
  it('gives the version', async () => {
    const version = await call('publishPrompt', draft);
    expect(version).toMatchObject({ number: 2, model: null, parameters: {}, origin: 'operator' });
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
    const reply = await post('publishPrompt', '/api/admin/prompts', json);
    expect(reply.status).toBe(422);
    expect(badFields(reply)).toEqual(fields);
  });

  it('is refused where the body is taken, and larger than a question may be', async () => {
    const { send } = await system.start({ BODY_LIMIT_BYTES: '1048576' });
    const published = (variables: number) => ({
      ...draft,
      variables: Object.fromEntries(
        Array.from({ length: variables }, (_, n) => [`v${n}`.padEnd(40, '_'), 'json']),
      ),
    });
    expect((await send('POST', '/api/admin/prompts', { json: published(20_000) })).status).toBe(200);
    const reply = await send('POST', '/api/admin/prompts', { json: published(20_900) });
    conforms('publishPrompt', reply);
    expect(reply).toMatchObject({ status: 413, body: { code: 'QUESTION_TOO_LARGE' } });
  });

  it('shows the fields that the service refused', async () => {
    const errors = [{ path: 'messages.0.content', message: '{{fact}} is not declared in variables' }];
    await system.behind.answer(publishPrompt, () => {
      throw new Refused('INVALID_PROMPT', 'the prompt could not be filled in', errors);
    });
    const refused = { status: 422, code: 'INVALID_PROMPT', errors };
    await expect(call('publishPrompt', draft)).rejects.toMatchObject(refused);
    await system.behind.answer(publishPrompt, versionOf);
  });

  it('takes an idempotency key for one draft', async () => {
    const once = { idempotencyKey: newId() };
    expect(await call('publishPrompt', draft, once)).toEqual(await call('publishPrompt', draft, once));
    const other = call('publishPrompt', { ...draft, changelog: 'Other.' }, once);
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });
});

describe('prompts', () => {
  it('are listed and shown', async () => {
    expect(await call('listPrompts')).toEqual([overview]);
    const shown = await system.send('GET', `/api/admin/prompts/${name}`);
    expect(shown.body).toMatchObject(overview);
    expect(shown.body).not.toHaveProperty('next');
    expect(shown.headers.get('link')).toBe(
      `</api/admin/prompts/${name}?cursor=of-the-next-page>; rel="next"`,
    );
    expect((await system.send('GET', '/api/admin/prompts/horoscope')).status).toBe(422);
  });

  it('that were never published are unknown', async () => {
    await system.behind.answer(reportOnPrompt, () => {
      throw new Refused('PROMPT_NOT_FOUND', 'no version of this prompt was published');
    });
    const unknown = call('reportOnPrompt', { name: 'roast' });
    await expect(unknown).rejects.toMatchObject({ status: 404, code: 'PROMPT_NOT_FOUND' });
  });

  it('have labels that move', async () => {
    const moved = await call('movePromptLabel', { name, label: 'candidate', number: 2 });
    expect(moved).toMatchObject({ labels: { production: 1, candidate: 2 } });
    const wrong = { label: 'staging', number: 0 };
    const reply = await post('movePromptLabel', '/api/admin/prompts/wellness/labels', wrong);
    expect(badFields(reply)).toEqual(['label', 'number']);
  });

  it('may be compared, one experiment at a time', async () => {
    expect(await experiment()).toMatchObject({ experiment: running });
    await system.behind.answer(startExperiment, () => {
      throw new Refused('EXPERIMENT_RUNNING', 'another experiment runs; stop it first');
    });
    await expect(experiment()).rejects.toMatchObject({ status: 409, code: 'EXPERIMENT_RUNNING' });
    expect(await call('stopPromptExperiment', { name })).toEqual(overview);
  });

  it.each([
    ['that do not add up', [variants[0], { ...variants[1], percent: 49 }]],
    ['of one version', [variants[0], { ...variants[1], number: 1 }]],
    ['of one name', [variants[0], { ...variants[1], variant: 'control' }]],
    ['that are one', [{ ...variants[0], percent: 99 }]],
  ])('are not compared with shares %s', async (_what, shares) => {
    const path = '/api/admin/prompts/wellness/experiment';
    const reply = await post('startPromptExperiment', path, { variants: shares });
    expect(badFields(reply)).toContain('variants');
  });

  it('have a report', async () => {
    const { rows } = examplePromptReport;
    await system.behind.answer(reportOnPrompt, ({ name, from = null, to = null }) => ({
      name,
      from,
      to,
      rows,
    }));
    const query = { name, from: '2026-11-01', to: '2026-11-30' };
    expect(await call('reportOnPrompt', query)).toEqual({ ...query, rows });
    const wrong = call('reportOnPrompt', { name, from: 'yesterday' });
    await expect(wrong).rejects.toMatchObject({ errors: [{ path: 'from' }] });
  });
});

describe('feedback', () => {
  it('says what counts', async () => {
    const given = { insight_id: newId(), helpful: true };
    expect(await call('giveFeedback', given)).toEqual(given);
  });

  it('is a yes or a no, and no text', async () => {
    const give = (json: unknown) => post('giveFeedback', `/api/insights/${newId()}/feedback`, json);
    expect(badFields(await give({ helpful: 'very' }))).toEqual(['helpful']);
    expect(badFields(await give({ helpful: true, comment: 'I am …' }))).toEqual(['comment']);
  });

  it('on nothing is refused', async () => {
    await system.behind.answer(giveFeedback, () => {
      throw new Refused('INSIGHT_NOT_FOUND', 'there is no such insight');
    });
    const giving = call('giveFeedback', { insight_id: newId(), helpful: true });
    await expect(giving).rejects.toMatchObject({ status: 404, code: 'INSIGHT_NOT_FOUND' });
  });
});
