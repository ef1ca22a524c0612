import { request } from '@undertone/contracts/client/call';
import { healthOf } from '@undertone/contracts/health';
import { nobody } from '@undertone/contracts/id';
import { registerUser, userExists } from '@undertone/contracts/identity/rpc';
import {
  insightField,
  insightGroup,
  insightsField,
  insightsGroup,
} from '@undertone/contracts/insight/cache-keys';
import { getInsight, insightQuery, listInsights } from '@undertone/contracts/insight/rpc';
import { taskField, taskGroup } from '@undertone/contracts/jobs/cache-keys';
import type { DeadLetter } from '@undertone/contracts/jobs/dead-letter';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { getTask } from '@undertone/contracts/jobs/task';
import { snapshotsField, snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import { listSnapshots, snapshotQuery } from '@undertone/contracts/listening/rpc';
import { listSchedules, pauseSchedule, type Schedule } from '@undertone/contracts/schedules/schedule';
import { serviceNames } from '@undertone/contracts/service-name';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { storeTokens } from '@undertone/contracts/token/rpc';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent, testRedis } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Call, pagesOf, watched } from './caller.js';
import { badFields, problemOf, taskIdOf } from './client.js';
import { conforms } from './conforms.js';
import {
  exampleDeadLetter,
  exampleInsight,
  exampleModels,
  exampleSchedule,
  exampleSnapshot,
  exampleTask,
  registration,
  tokens,
} from './examples.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
let redis: ReturnType<typeof testRedis>;
let cache: ReadCache;

beforeAll(async () => {
  system = await startSystem();
  redis = testRedis(system.infrastructure);
  const breaker = new RedisBreaker(redis, silent, 15_000);
  cache = new ReadCache(breaker, silent);
  await eventually('Redis is connected', () => breaker.isUp);
});
afterAll(async () => {
  redis.disconnect();
  await system.stop();
});

const call: Call = (route, ...given) => system.call(route, ...given);
const registered = async () => (await call('registerUser', registration(newId()))).user_id;

/** Writes what the owning service would, and waits until it is there. */
async function cached(group: string, field: string, value: unknown): Promise<void> {
  cache.write(group, field, value, 60, 1);
  await eventually('the cache is written', async () => (await redis.hexists(group, field)) === 1);
}

afterEach(() => system.behind.answerAll());

describe('users', () => {
  it('are registered once a person', async () => {
    const first = await call('registerUser', registration('ada'));
    const second = await call('registerUser', registration('ada'));
    expect(second).toEqual(first);
    expect(JSON.stringify(first)).not.toContain('example.com');
  });

  it('may be refused by an identity of another release, in its words', async () => {
    await system.behind.answer(registerUser, () => {
      throw Refused.received({
        code: 'PERSON_ERASED',
        status: 409,
        message: 'this person asked to be forgotten',
      });
    });
    // Not declared by this release, so the document does not know it.
    const reply = await system.send('POST', '/api/users/register', { json: registration('eve') });
    const refused = { status: 409, code: 'PERSON_ERASED', detail: 'this person asked to be forgotten' };
    expect(problemOf(reply)).toMatchObject(refused);
  });
});

describe('tokens', () => {
  it('are stored, and not shown', async () => {
    const userId = await registered();
    const stored = await call('storeTokens', tokens(userId));
    expect(stored).toMatchObject({ user_id: userId, provider: 'spotify' });
    expect(JSON.stringify(stored)).not.toContain('secret');
  });

  it('of nobody are refused', async () => {
    const storing = call('storeTokens', tokens(newId()));
    await expect(storing).rejects.toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
    expect(system.behind.asked(storeTokens)).toBeLessThan(2);
  });
});

describe('the routes of earlier versions', () => {
  const user_id = newId();
  const snapshot = exampleSnapshot(user_id);
  const person = { spotify_user_id: 'ada', display_name: 'Ada' };
  const { scope: _, ...submission } = tokens(user_id);
  const kept: [string, string, Readonly<Record<string, string | number>>, number][] = [
    ['registerUser', '/api/users/register', person, 200],
    ['storeTokens', '/api/tokens/store', submission, 200],
    ['ingestListening', '/api/listening/ingest', { user_id, time_range: 'short_term' }, 202],
    ['generateInsight', '/api/insights/generate', { snapshot_id: snapshot.id, insight_type: 'roast' }, 202],
  ];

  beforeEach(async () => {
    system.behind.snapshots.push(snapshot);
    await system.behind.answer(userExists, () => ({ exists: true, time_zone: null, tone_mode: null }));
  });

  it.each(kept)('%s takes its fields in the query', async (operation, path, input, status) => {
    const query = Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)]));
    const reply = await system.send('POST', path, { query });
    conforms(operation, reply);
    expect(reply.status).toBe(status);
  });

  it.each(kept)('%s takes JSON that fetch calls text', async (operation, path, input, status) => {
    const headers = { 'content-type': 'text/plain;charset=UTF-8' };
    const reply = await system.send('POST', path, { json: input, headers });
    conforms(operation, reply);
    expect(reply.status).toBe(status);
  });

  it.each(kept)('%s takes JSON of no type, whole or in chunks', async (_operation, path, input, status) => {
    const bytes = new TextEncoder().encode(JSON.stringify(input));
    for (const body of [bytes, new Blob([bytes]).stream()]) {
      const response = await fetch(`${system.url}${path}`, { method: 'POST', body, duplex: 'half' });
      expect(response.status).toBe(status);
    }
  });
});

describe('an ingest', () => {
  it.each([
    ['query', (input: Record<string, string>) => ({ query: input })],
    ['body', (input: Record<string, string>) => ({ json: input })],
  ])('is queued, asked for in the %s', async (_where, sent) => {
    const input = { user_id: await registered(), time_range: 'medium_term' };
    const reply = await system.send('POST', '/api/listening/ingest', sent(input));
    conforms('ingestListening', reply);
    const task = await call('getTask', { task_id: taskIdOf(reply) });
    expect(task).toMatchObject({ status: 'PENDING', job_type: 'ingest-listening-data' });
  });

  it('of nobody is refused, and tried anew when the person is there', async () => {
    const user_id = newId();
    const ingest = () => call('ingestListening', { user_id, time_range: 'short_term' });
    await expect(ingest()).rejects.toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
    system.behind.users.set('late', user_id);
    await ingest();
    // A yes is remembered.
    const asked = system.behind.asked(userExists);
    await ingest();
    expect(system.behind.asked(userExists)).toBe(asked);
  });
});

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
    await cached(snapshotsGroup(userId), snapshotsField(question), page);
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
    const store = await EventStore.open(await system.infrastructure.connect());
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
    const store = await EventStore.open(await system.infrastructure.connect());
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
    const store = await EventStore.open(await system.infrastructure.connect());
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

describe('tasks', () => {
  it('come from the scheduler, at both paths, without their owner', async () => {
    const found = exampleTask(newId());
    system.behind.tasks.set(found.task.task_id, found);
    const { task_id } = found.task;
    expect(await call('getTask', { task_id })).toEqual(found.task);
    expect(await call('getTaskAlias', { task_id })).toEqual(found.task);
  });

  it('come from Redis where they are there', async () => {
    const found = exampleTask(newId());
    await cached(taskGroup(found.task.task_id), taskField, found);
    const asked = system.behind.asked(getTask);
    expect(await call('getTask', { task_id: found.task.task_id })).toEqual(found.task);
    expect(system.behind.asked(getTask)).toBe(asked);
  });

  it('that nobody asked for are unknown', async () => {
    const unknown = call('getTask', { task_id: newId() });
    await expect(unknown).rejects.toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' });
  });
});

describe('dead letters', () => {
  it('come page by page', async () => {
    const rows = [1, 2, 3].map(exampleDeadLetter);
    system.behind.deadLetters.push(...rows);
    const pages = await pagesOf(system.url, 'listDeadLetters', { limit: 2 });
    expect(pages).toEqual([rows.slice(0, 2), rows.slice(2)]);
  });

  it('are read, retried by a task and discarded one by one', async () => {
    const [row] = system.behind.deadLetters as [DeadLetter];
    const one = { dead_letter: row.id };
    expect(await call('listDeadLetters', { status: 'retried' })).toEqual([]);
    expect(await call('getDeadLetter', one)).toEqual(row);
    expect(await call('retryDeadLetter', one)).toEqual({ task_id: row.task_id, status: 'queued' });
    expect(await call('discardDeadLetter', one)).toEqual({ ...row, status: 'discarded' });
    const unknown = call('retryDeadLetter', { dead_letter: newId() });
    await expect(unknown).rejects.toMatchObject({ status: 404, code: 'DEAD_LETTER_NOT_FOUND' });
  });

  it('are listed two hundred at most', async () => {
    const refused = { status: 422, errors: [{ path: 'limit' }] };
    await expect(call('listDeadLetters', { limit: 201 })).rejects.toMatchObject(refused);
  });
});

describe('schedules', () => {
  it('are listed, paused and resumed by the scheduler', async () => {
    await system.behind.answer(listSchedules, () => ({ schedules: [exampleSchedule] }));
    await system.behind.answer(pauseSchedule, (asked): Schedule => {
      return { ...exampleSchedule, status: asked.paused ? 'paused' : 'on' };
    });
    expect(await call('listSchedules')).toEqual([exampleSchedule]);
    const { name } = exampleSchedule;
    expect(await call('pauseSchedule', { name })).toMatchObject({ status: 'paused' });
    const once = { idempotencyKey: newId() };
    const resumed = await call('resumeSchedule', { name }, once);
    await call('pauseSchedule', { name });
    const asked = system.behind.asked(pauseSchedule);
    expect(await call('resumeSchedule', { name }, once)).toEqual(resumed);
    expect(system.behind.asked(pauseSchedule)).toBe(asked);
    await expect(call('resumeSchedule', { name: 'generate-weekly-summaries' }, once)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
    expect(await call('resumeSchedule', { name })).toMatchObject({ status: 'on' });
  });

  it('are run by hand, once for an Idempotency-Key', async () => {
    const run = async (idempotencyKey: string) =>
      (await call('runSchedule', { name: 'generate-daily-insights' }, { idempotencyKey })).task_id;
    const [one, same, another] = [await run('a'), await run('a'), await run('b')];
    expect(same).toBe(one);
    expect(another).not.toBe(one);
    const store = await EventStore.open(await system.infrastructure.connect());
    const requested = await store.readFiltered('JOBS', 'jobs.scheduled.bulk.*.requested');
    expect(requested.map((event) => JobRequested.read(event))).toMatchObject([
      { job_id: one, job_type: 'generate-daily-insights', payload: { user_id: nobody } },
      { job_id: another },
    ]);
  });

  it('that there are not are named', async () => {
    const reply = await system.send('POST', '/api/admin/schedules/clean-the-house/run');
    expect(badFields(reply)).toEqual(['name']);
  });
});

describe('health', () => {
  it('names every dependency', async () => {
    const { dependencies } = await call('health');
    const own = ['nats', 'redis'];
    expect(Object.keys(dependencies).sort()).toEqual(
      [...own, ...serviceNames, ...serviceNames.map((name) => `${name}/nats`)].sort(),
    );
  });

  it('is down when something behind a service is, or a service is gone', async () => {
    const down = { status: 'down', detail: 'no connection' } as const;
    await system.behind.answer(healthOf('token'), () => ({ ...down, dependencies: { postgres: down } }));
    await system.behind.silence(healthOf('insight'));
    const reply = await system.send('GET', '/health');
    conforms('health', reply);
    expect(reply.status).toBe(503);
    expect(reply.body).toMatchObject({
      status: 'down',
      dependencies: {
        'token/postgres': down,
        token: { status: 'down' },
        insight: { status: 'down' },
        identity: { status: 'up' },
      },
    });
  });

  it('is not what probes ask', async () => {
    await system.behind.silence(healthOf('insight'));
    expect((await system.send('GET', '/livez')).status).toBe(200);
    expect((await system.send('GET', '/readyz')).status).toBe(200);
  });
});
