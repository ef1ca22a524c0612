import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everythingKept } from '../stack/kept.js';
import { Stack } from '../stack/stack.js';

/** An answer as such a client reads it: by its own idea of the fields, without the contracts. */
// biome-ignore lint/suspicious/noExplicitAny: the shapes are the client's own, and a wrong one fails the test.
type Answer = any;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack?.stop());

async function send(method: 'GET' | 'POST', path: string, init: RequestInit & { query?: object } = {}) {
  const { query, ...rest } = init;
  const url = new URL(path, stack.url);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, String(value));
  const response = await fetch(url, { method, ...rest });
  const body: Answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path} gave ${response.status}: ${JSON.stringify(body)}`);
  return body;
}

const post = (path: string, body: object) =>
  send('POST', path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

/** The task's result, once its status says `SUCCESS`. */
async function resultOf(taskId: string): Promise<Answer> {
  const ended = await eventually(
    `task ${taskId} ends`,
    async () => {
      const task = await send('GET', `/api/tasks/${taskId}`);
      return (task.status === 'SUCCESS' || task.status === 'FAILURE') && task;
    },
    60_000,
  );
  expect(ended).toMatchObject({ status: 'SUCCESS', error: null });
  return ended.result;
}

describe('a client of the earlier version', () => {
  it('comes from a registration to a written insight, with what it knows of', async () => {
    const person = { spotify_user_id: 'earlier-ada', display_name: 'Ada' };
    const { user_id } = await post('/api/users/register', person);
    const placeholders = { access_token: 'BQC-a-placeholder', refresh_token: 'AQD-a-placeholder' };
    await post('/api/tokens/store', { user_id, ...placeholders, expires_in: 3600 });

    const ingest = await send('POST', '/api/listening/ingest', {
      query: { user_id, time_range: 'medium_term' },
    });
    const { snapshot_id } = await resultOf(ingest.task_id);

    const snapshots = await send('GET', '/api/listening/snapshots', { query: { user_id, limit: 1 } });
    expect(snapshots).toHaveLength(1);
    expect(snapshots[0].id).toBe(snapshot_id);
    for (const mood of ['happy', 'calm', 'energetic', 'sad', 'unknown']) {
      const { percentage, track_count } = snapshots[0].mood_patterns[mood];
      expect([typeof percentage, typeof track_count]).toEqual(['number', 'number']);
    }

    const generation = await send('POST', '/api/insights/generate', {
      query: { snapshot_id, insight_type: 'wellness', tone_mode: 'supportive' },
    });
    const { insight_id } = await resultOf(generation.task_id);
    const insight = await send('GET', `/api/insights/${insight_id}`);
    expect(insight).toMatchObject({ tone_mode: 'supportive', structured_output: expect.any(Object) });
    expect(insight.content.length).toBeGreaterThan(50);
  });

  it('goes on with tokens that have ended, as the same person', async () => {
    const { user_id } = await post('/api/users/register', {
      spotify_user_id: 'earlier-bo',
      display_name: 'Bo',
    });
    await post('/api/tokens/store', { user_id, access_token: 'BQ', refresh_token: 'AQ', expires_in: 1 });
    const query = { user_id, time_range: 'short_term' };
    const { task_id } = await send('POST', '/api/listening/ingest', { query });
    expect(await resultOf(task_id)).toHaveProperty('snapshot_id');
  });

  it('may put everything in the query, and none of it is in a log', async () => {
    const query = { spotify_user_id: 'earlier-cy', display_name: 'Cy', email: 'cy@query.example' };
    const { user_id } = await send('POST', '/api/users/register', { query });
    const timesLogged = () => stack.output.split('/api/tokens/store').length;
    const before = timesLogged();
    const tokens = { access_token: 'access-in-the-query', refresh_token: 'refresh-in-the-query' };
    await send('POST', '/api/tokens/store', { query: { user_id, ...tokens, expires_in: 3600 } });
    await eventually('the gateway has logged the request', () => timesLogged() > before);
    expect(stack.output).not.toMatch(/in-the-query|query\.example|earlier-cy/);
  });

  it('of the first version waits for the insight of a token’s owner, which is kept in no readable place', async () => {
    const ask = (tone_mode: string) =>
      send('POST', '/api/wellness/insights', {
        query: { access_token: 'sim-access-first-eve', timeout: 60 },
        body: JSON.stringify({ tone_mode }),
        headers: { 'content-type': 'application/json' },
      });
    const insight = await ask('supportive');
    expect(insight).toMatchObject({ insight_type: 'wellness', tone_mode: 'supportive' });
    expect(insight.content.length).toBeGreaterThan(50);
    // The token's owner is who registers by that name.
    const registered = await post('/api/users/register', {
      spotify_user_id: 'first-eve',
      display_name: 'Eve',
    });
    expect(registered.user_id).toBe(insight.user_id);
    expect((await ask('direct')).user_id).toBe(insight.user_id);

    await eventually('the gateway has logged the call', () =>
      stack.output.includes('/api/wellness/insights'),
    );
    expect(stack.output).not.toContain('sim-access-first');
    const kept = await everythingKept(stack);
    for (const content of Object.values(kept)) {
      expect(content.toString('latin1')).not.toContain('sim-access-first');
    }
    expect(kept.messages.toString('latin1')).toContain(insight.user_id);
  });

  it('may be a page’s fetch, which calls JSON text', async () => {
    const body = JSON.stringify({ spotify_user_id: 'earlier-di', display_name: 'Di' });
    const own = { origin: stack.url };
    expect(await send('POST', '/api/users/register', { body, headers: own })).toHaveProperty('user_id');
    const foreign = { origin: 'https://elsewhere.example', authorization: 'Bearer anything' };
    const refused = send('POST', '/api/users/register', { body, headers: foreign });
    await expect(refused).rejects.toThrow(/gave 403: .*FOREIGN_PAGE/);
  });
});
