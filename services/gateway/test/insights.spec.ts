import { request } from '@undertone/contracts/client/call';
import {
  insightField,
  insightGroup,
  insightsField,
  insightsGroup,
} from '@undertone/contracts/insight/cache-keys';
import { getInsight, insightQuery, listInsights } from '@undertone/contracts/insight/rpc';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { snapshotsField, snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import { listSnapshots, snapshotQuery } from '@undertone/contracts/listening/rpc';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Call, pagesOf, watched } from './caller.js';
import { taskIdOf } from './client.js';
import { exampleInsight, exampleModels, exampleSnapshot, registration } from './examples.js';
import { serviceCache, type WriteToCache } from './service-cache.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
let cached: WriteToCache;
beforeAll(async () => {
  system = await startSystem();
  cached = await serviceCache(system);
});
afterEach(() => system.behind.answerAll());
afterAll(() => system.stop());

const call: Call = (route, ...given) => system.call(route, ...given);

describe('snapshots', () => {
  it('come page by page', async () => {
    const userId = newId();
    const rows = [1, 2, 3].map(() => exampleSnapshot(userId));
    system.behind.snapshots.push(...rows);
    const pages = await pagesOf(system.url, 'listSnapshots', { user_id: userId, limit: 2 });
    expect(pages).toEqual([rows.slice(0, 2), rows.slice(2)]);
  });

  it('come from Redis where they are there', async () => {
    const userId = newId();
    const question = snapshotQuery.parse({ user_id: userId, time_range: 'medium_term' });
    const page = { items: [exampleSnapshot(userId)], next: 'more' };
    await cached(snapshotsGroup(userId), snapshotsField(question), { epoch: '', answer: page });
    const asked = system.behind.asked(listSnapshots);
    const query = { time_range: 'medium_term', user_id: userId } as const;
    const response = await request(watched(system.url, 'listSnapshots'), 'listSnapshots', query);
    expect(await response.json()).toEqual(page.items);
    expect(response.headers.get('link')).toContain('cursor=more');
    expect(system.behind.asked(listSnapshots)).toBe(asked);
  });
});

describe('insights', () => {
  it('are queued for the person of the snapshot', async () => {
    const snapshot = exampleSnapshot(newId());
    system.behind.snapshots.push(snapshot);
    const input = { snapshot_id: snapshot.id, insight_type: 'wellness', tone_mode: 'supportive' } as const;
    const { task_id } = await call('generateInsight', input);
    const { store } = system;
    const event = await store.last('JOBS', anyJobFilter(task_id));
    expect(event && JobRequested.read(event)).toMatchObject({
      job_type: 'generate-insight',
      queue: 'insights',
      lane: 'interactive',
      user_id: snapshot.user_id,
      payload: { ...input, user_id: snapshot.user_id },
    });
  });

  it('need a snapshot', async () => {
    const generating = call('generateInsight', { snapshot_id: newId(), insight_type: 'wellness' });
    await expect(generating).rejects.toMatchObject({ status: 404, code: 'SNAPSHOT_NOT_FOUND' });
  });

  it('are written in the tone that the person prefers, unless the request names one', async () => {
    const person = registration(newId());
    await call('registerUser', person);
    const user_id = system.behind.users.get(person.spotify_user_id) ?? '';
    system.behind.tones.set(user_id, 'direct');
    await call('registerUser', person);
    const snapshot = exampleSnapshot(user_id);
    system.behind.snapshots.push(snapshot);
    const { store } = system;
    const tones = [];
    for (const tone of [{}, { tone_mode: 'playful' }] as const) {
      const input = { snapshot_id: snapshot.id, insight_type: 'wellness', ...tone } as const;
      const { task_id } = await call('generateInsight', input);
      const event = await store.last('JOBS', anyJobFilter(task_id));
      tones.push(event && JobRequested.read(event)?.payload.tone_mode);
    }
    expect(tones).toEqual(['direct', 'playful']);
  });

  it('carry the permission to use names, which in a query is text', async () => {
    const snapshot = exampleSnapshot(newId());
    system.behind.snapshots.push(snapshot);
    const query = { snapshot_id: snapshot.id, insight_type: 'roast', allow_names: 'true' };
    const reply = await system.send('POST', '/api/insights/generate', { query });
    const { store } = system;
    const event = await store.last('JOBS', anyJobFilter(taskIdOf(reply)));
    expect(event && JobRequested.read(event)).toMatchObject({ payload: { allow_names: true } });
  });

  it('are read one by one', async () => {
    const insight = exampleInsight(newId());
    system.behind.insights.push(insight);
    expect(await call('getInsight', { insight_id: insight.id })).toEqual(insight);
    const missing = call('getInsight', { insight_id: newId() });
    await expect(missing).rejects.toMatchObject({ status: 404, code: 'INSIGHT_NOT_FOUND' });

    const kept = exampleInsight(newId());
    await cached(insightGroup(kept.id), insightField, kept);
    const asked = system.behind.asked(getInsight);
    expect(await call('getInsight', { insight_id: kept.id })).toEqual(kept);
    expect(system.behind.asked(getInsight)).toBe(asked);
  });

  it('of a person come page by page', async () => {
    const userId = newId();
    const rows = [1, 2].map(() => exampleInsight(userId));
    system.behind.insights.push(...rows);
    const pages = await pagesOf(system.url, 'listInsights', { user_id: userId, limit: 1 });
    expect(pages).toEqual(rows.map((row) => [row]));
    const first = await system.send('GET', `/api/insights/user/${userId}?limit=1`);
    expect(first.headers.get('link')).toBe(`</api/insights/user/${userId}?limit=1&cursor=1>; rel="next"`);

    const page = { items: [exampleInsight(userId)], next: null };
    await cached(
      insightsGroup(userId),
      insightsField(insightQuery.parse({ user_id: userId, limit: 7 })),
      // Of the epoch before the first one was opened.
      { epoch: '', answer: page },
    );
    const asked = system.behind.asked(listInsights);
    expect(await call('listInsights', { user_id: userId, limit: 7 })).toEqual(page.items);
    expect(system.behind.asked(listInsights)).toBe(asked);
  });
});

it('shows the language models as the insight service has them', async () => {
  expect(await call('listModels')).toEqual(exampleModels);
});
