import { defineRoute } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import { newId } from '@undertone/platform/ids/ids';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HttpProblem } from '../problems/problem.js';
import { gatherInput, type RequestParts } from './gather-input.js';

const user_id = '0199c2f4-0000-7000-8000-000000000001';
const parts = (given: Partial<RequestParts>): RequestParts => ({
  params: {},
  query: {},
  body: undefined,
  ...given,
});

function errorsOf(gather: () => unknown) {
  try {
    gather();
  } catch (error) {
    if (error instanceof HttpProblem) return error.errors;
    throw error;
  }
  throw new Error('the input was taken');
}

describe('input from query or body', () => {
  const gather = (given: Partial<RequestParts>) => gatherInput(routes.ingestListening, parts(given));
  const input = { user_id, time_range: 'short_term' };

  it.each([
    ['the query', { query: input }],
    ['the body', { body: input }],
    ['one field each', { query: { user_id }, body: { time_range: 'short_term' } }],
    ['both, when they agree', { query: { user_id }, body: input }],
  ])('is taken from %s', (_where, given) => {
    expect(gather(given)).toEqual(input);
  });

  it('is refused when both disagree', () => {
    expect(errorsOf(() => gather({ query: { time_range: 'long_term' }, body: input }))).toEqual([
      { path: 'time_range', message: 'has one value in the query and another in the body' },
    ]);
  });

  it('names every field that is missing, wrong or unknown', () => {
    const errors = errorsOf(() => gather({ query: { time_range: 'ever', x: '1' }, body: { y: 2 } }));
    expect(errors?.map(({ path }) => path).sort()).toEqual(['time_range', 'user_id', 'x', 'y']);
    expect(errors).toContainEqual({ path: 'user_id', message: 'is required' });
  });

  it('has numbers as text in the query', () => {
    const submission = { user_id, access_token: 'a', refresh_token: 'r' };
    const store = (given: Partial<RequestParts>) => gatherInput(routes.storeTokens, parts(given));
    expect(store({ query: { ...submission, expires_in: '3600' } })).toEqual({
      ...submission,
      expires_in: 3600,
    });
    expect(store({ query: { expires_in: '60' }, body: { ...submission, expires_in: 60 } }).expires_in).toBe(
      60,
    );
    const errors = errorsOf(() => store({ query: { ...submission, expires_in: 'soon' } }));
    expect(errors).toEqual([{ path: 'expires_in', message: 'must be a number' }]);
  });

  it('refuses a field that is given twice', () => {
    const errors = errorsOf(() => gather({ query: { ...input, user_id: [user_id, user_id] } }));
    expect(errors?.map(({ path }) => path)).toEqual(['user_id']);
  });

  it.each([[[input]], ['text'], [null], [7]])('refuses a body that is not an object: %j', (body) => {
    expect(errorsOf(() => gather({ query: input, body }))).toEqual([
      { path: '', message: 'the body has to be a JSON object' },
    ]);
  });

  it('does not take what every object has for a field', () => {
    const body: unknown = JSON.parse('{"__proto__": {"user_id": "x"}, "constructor": 1}');
    const errors = errorsOf(() => gather({ query: input, body }));
    expect(errors?.map(({ path }) => path).sort()).toEqual(['__proto__', 'constructor']);
  });
});

describe('input from one place', () => {
  it('has its path parameters from the path alone', () => {
    const gather = (query: unknown) =>
      gatherInput(routes.listInsights, parts({ params: { user_id }, query }));
    expect(gather({ limit: '5' })).toEqual({ user_id, limit: 5 });
    expect(errorsOf(() => gather({ user_id }))).toEqual([
      { path: 'user_id', message: 'is not a field of this request' },
    ]);
  });

  it.each([
    ['5', undefined],
    ['007', undefined],
    ['', 'must not be empty'],
    ['0x10', 'must be a number, in digits'],
    ['1e2', 'must be a number, in digits'],
    [' 5', 'must be a number, in digits'],
    ['5.5', 'must be a whole number'],
    ['-1', 'must be at least 1'],
    ['five', 'must be a number'],
    [['5', '6'], 'is given more than once'],
  ])('takes %j for a number where it is one in digits', (limit, message) => {
    const taken = () => gatherInput(routes.listInsights, parts({ params: { user_id }, query: { limit } }));
    if (message === undefined) expect(taken()).toEqual({ user_id, limit: Number(limit) });
    else expect(errorsOf(taken)).toEqual([{ path: 'limit', message }]);
  });

  it.each([
    [true, 'must be a number, in digits'],
    [[5], 'must be a number, in digits'],
    [null, undefined],
    [5, undefined],
  ])('takes %j of a body for a number where it is one, or may be null', (min_seconds, message) => {
    const body = { user_id, min_seconds };
    const taken = () => gatherInput(routes.chooseListenThreshold, parts({ body }));
    if (message === undefined) expect(taken()).toEqual(body);
    else expect(errorsOf(taken)).toEqual([{ path: 'min_seconds', message }]);
  });

  it.each([
    ['2026-11-30T00:00:00+02:00', '2026-11-29T22:00:00.000Z'],
    ['2026-11-30T00:00:00Z', '2026-11-30T00:00:00Z'],
    ['0001-01-01T00:00:00+02:00', undefined],
    ['9999-12-31T23:00:00-02:00', undefined],
    ['2026-11-30T00:00:00', undefined],
  ])('has times with any offset: %s', (from, utc) => {
    const taken = () => gatherInput(routes.listTasks, parts({ query: { user_id, from } }));
    if (utc !== undefined) expect(taken()).toMatchObject({ from: utc });
    else expect(errorsOf(taken)?.map(({ path }) => path)).toEqual(['from']);
  });

  it('does not come from the query where the body is meant', () => {
    const route = defineRoute({ ...routes.registerUser, from: 'body' });
    const errors = errorsOf(() => gatherInput(route, parts({ query: { display_name: 'Ada' } })));
    expect(errors).toEqual([{ path: 'display_name', message: 'belongs in the body' }]);
  });

  it('does not come from the query where it is secret', () => {
    const query = { display_name: 'Ada', password: 'copper lantern waltz 7', invitation: 'a-code' };
    const errors = errorsOf(() => gatherInput(routes.registerUser, parts({ query })));
    expect(errors).toEqual(
      ['password', 'invitation'].map((path) => ({ path, message: 'belongs in the body' })),
    );
  });

  it('does not come from both where one is meant, whatever they say', () => {
    const sent = { query: { user_id: newId() }, body: { user_id, tone_mode: 'direct' } };
    const errors = errorsOf(() => gatherInput(routes.changePreferences, parts(sent)));
    expect(errors).toEqual([{ path: 'user_id', message: 'belongs in the body' }]);
  });

  it.each(['\ud800', 'a\udfffb', '\udc00\ud800'])('is well-formed Unicode, unlike %j', (text) => {
    const body = { spotify_user_id: text, display_name: 'Ada 🎧' };
    expect(errorsOf(() => gatherInput(routes.registerUser, parts({ body })))).toEqual([
      { path: 'spotify_user_id', message: 'is not well-formed Unicode text' },
    ]);
    const prompt = { name: 'roast', messages: [{ role: 'user', content: text }], changelog: 'x' };
    const errors = errorsOf(() => gatherInput(routes.publishPrompt, parts({ body: prompt })));
    expect(errors).toContainEqual({ path: 'messages.0.content', message: 'is not well-formed Unicode text' });
  });

  it('names a missing field within a field', () => {
    const body = { user_id, run_hours: { from: 1 } };
    expect(errorsOf(() => gatherInput(routes.changePreferences, parts({ body })))).toEqual([
      { path: 'run_hours.to', message: 'is required' },
    ]);
  });

  it('gets one message for each field', () => {
    const body = { spotify_user_id: [], display_name: '' };
    const errors = errorsOf(() => gatherInput(routes.registerUser, parts({ body })));
    expect(errors?.map(({ path }) => path)).toEqual(['spotify_user_id', 'display_name']);
  });

  it('names a field within a field', () => {
    const route = defineRoute({
      ...routes.registerUser,
      access: 'public',
      audit: [],
      input: z.strictObject({ outer: z.strictObject({ inner: z.int() }) }),
    });
    const gather = (outer: unknown) => gatherInput(route, parts({ body: { outer } }));
    expect(errorsOf(() => gather({ inner: 'x' }))?.[0]?.path).toBe('outer.inner');
    expect(errorsOf(() => gather({ inner: 1, more: 2 }))).toEqual([
      { path: 'outer.more', message: 'is not a field of this request' },
    ]);
  });
});

describe('what is wrong with a field', () => {
  const route = defineRoute({
    ...routes.ingestListening,
    path: '/words',
    from: 'body',
    input: z.object({
      id: z.uuid().optional(),
      name: z.string().min(1).max(3).optional(),
      share: z.number().min(0).max(1).optional(),
      above: z.number().gt(0).lt(9).optional(),
      count: z.int().optional(),
      day: z.iso.date().optional(),
      at: z.iso.datetime().optional(),
      tone: z.enum(['soft', 'loud']).optional(),
      yes: z.boolean().optional(),
      ids: z.array(z.uuid()).min(2).optional(),
      own: z.string().regex(/^a/, 'must begin with a').optional(),
    }),
  } as never) as Parameters<typeof gatherInput>[0];

  it.each([
    [{ id: 'x' }, 'id', 'must be a UUID'],
    [{ name: '' }, 'name', 'must not be empty'],
    [{ name: 'long' }, 'name', 'must be at most 3 characters long'],
    [{ name: 7 }, 'name', 'must be a text'],
    [{ share: -0.1 }, 'share', 'must be at least 0'],
    [{ share: 1.5 }, 'share', 'must be at most 1'],
    [{ above: 0 }, 'above', 'must be more than 0'],
    [{ above: 9 }, 'above', 'must be less than 9'],
    [{ share: 'much' }, 'share', 'must be a number'],
    [{ count: 1.5 }, 'count', 'must be a whole number'],
    [{ day: '2026-13-01' }, 'day', 'must be a day such as 2026-11-24'],
    [{ at: 'noon' }, 'at', 'must be a time such as 2026-11-24T09:00:00Z'],
    [{ tone: 'shrill' }, 'tone', 'must be one of soft, loud'],
    [{ yes: 'no' }, 'yes', 'must be true or false'],
    [{ ids: [user_id] }, 'ids', 'must be at least 2 entries long'],
    [{ ids: [user_id, 'x'] }, 'ids.1', 'must be a UUID'],
    [{ own: 'b' }, 'own', 'must begin with a'],
  ])('is said in plain words: %j', (body, path, message) => {
    expect(errorsOf(() => gatherInput(route, parts({ body })))).toEqual([{ path, message }]);
  });
});
