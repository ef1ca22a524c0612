import { type HealthReport, healthOf } from '@undertone/contracts/health';
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
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent, testRedis } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { badFields, problemOf, type Reply, type Sent, taskIdOf } from './client.js';
import { conforms } from './conforms.js';
import {
  exampleDeadLetter,
  exampleInsight,
  exampleModels,
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
  cache = new ReadCache(redis, silent);
  await eventually('Redis is connected', () => cache.isUp);
});
afterAll(async () => {
  redis.disconnect();
  await system.stop();
});

/** Sends, and holds the answer against the OpenAPI document. */
async function call(operation: string, method: string, path: string, sent?: Sent): Promise<Reply> {
  const reply = await system.send(method, path, sent);
  conforms(operation, reply);
  return reply;
}

async function registered(): Promise<string> {
  const json = registration(newId());
  const reply = await call('registerUser', 'POST', '/api/users/register', { json });
  expect(reply.status).toBe(200);
  return (reply.body as { user_id: string }).user_id;
}

/** Writes what the owning service would, and waits until it is there. */
async function cached(group: string, field: string, value: unknown): Promise<void> {
  cache.write(group, field, value, 60);
  await eventually('the cache is written', async () => (await redis.hexists(group, field)) === 1);
}

afterEach(() => system.behind.answerAll());

describe('users', () => {
  it('are registered once a person', async () => {
    const json = registration('ada');
    const first = await call('registerUser', 'POST', '/api/users/register', { json });
    const second = await call('registerUser', 'POST', '/api/users/register', { json });
    expect(first.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect(first.text).not.toContain('example.com');
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
    const reply = await call('storeTokens', 'POST', '/api/tokens/store', { json: tokens(userId) });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ user_id: userId, provider: 'spotify' });
    expect(reply.text).not.toContain('secret');
  });

  it('of nobody are refused', async () => {
    const reply = await call('storeTokens', 'POST', '/api/tokens/store', { json: tokens(newId()) });
    expect(problemOf(reply)).toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
    expect(system.behind.asked(storeTokens)).toBeLessThan(2);
  });
});

describe('an ingest', () => {
  it.each([
    ['query', (input: Record<string, string>) => ({ query: input })],
    ['body', (input: Record<string, string>) => ({ json: input })],
  ])('is queued, asked for in the %s', async (_where, sent) => {
    const input = { user_id: await registered(), time_range: 'medium_term' };
    const reply = await call('ingestListening', 'POST', '/api/listening/ingest', sent(input));
    const task = await call('getTask', 'GET', `/api/tasks/${taskIdOf(reply)}`);
    expect(task.body).toMatchObject({ status: 'PENDING', job_type: 'ingest-listening-data' });
  });

  it('of nobody is refused, and tried anew when the person is there', async () => {
    const query = { user_id: newId(), time_range: 'short_term' };
    const ingest = () => call('ingestListening', 'POST', '/api/listening/ingest', { query });
    expect(problemOf(await ingest())).toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
    system.behind.users.set('late', query.user_id);
    taskIdOf(await ingest());
    // A yes is remembered.
    const asked = system.behind.asked(userExists);
    taskIdOf(await ingest());
    expect(system.behind.asked(userExists)).toBe(asked);
  });
});

describe('snapshots', () => {
  it('come page by page', async () => {
    const userId = newId();
    const rows = [1, 2, 3].map(() => exampleSnapshot(userId));
    system.behind.snapshots.push(...rows);
    const query = { user_id: userId, limit: '2' };
    const first = await call('listSnapshots', 'GET', '/api/listening/snapshots', { query });
    expect(first.body).toEqual(rows.slice(0, 2));
    const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await call('listSnapshots', 'GET', next);
    expect(second.body).toEqual(rows.slice(2));
    expect(second.headers.get('link')).toBeNull();
  });

  it('come from Redis where they are there', async () => {
    const userId = newId();
    const question = snapshotQuery.parse({ user_id: userId, time_range: 'medium_term' });
    const page = { items: [exampleSnapshot(userId)], next: 'more' };
    await cached(snapshotsGroup(userId), snapshotsField(question), page);
    const asked = system.behind.asked(listSnapshots);
    const query = { time_range: 'medium_term', user_id: userId };
    const reply = await call('listSnapshots', 'GET', '/api/listening/snapshots', { query });
    expect(reply.body).toEqual(page.items);
    expect(reply.headers.get('link')).toContain('cursor=more');
    expect(system.behind.asked(listSnapshots)).toBe(asked);
  });
});

describe('insights', () => {
  it('are queued for the person of the snapshot', async () => {
    const snapshot = exampleSnapshot(newId());
    system.behind.snapshots.push(snapshot);
    const json = { snapshot_id: snapshot.id, insight_type: 'wellness', tone_mode: 'supportive' };
    const reply = await call('generateInsight', 'POST', '/api/insights/generate', { json });
    const store = await EventStore.open(await system.infrastructure.connect());
    const event = await store.last('JOBS', anyJobFilter(taskIdOf(reply)));
    expect(event && JobRequested.read(event)).toMatchObject({
      job_type: 'generate-insight',
      queue: 'insights',
      lane: 'interactive',
      user_id: snapshot.user_id,
      payload: { ...json, user_id: snapshot.user_id },
    });
  });

  it('need a snapshot', async () => {
    const query = { snapshot_id: newId(), insight_type: 'wellness' };
    const reply = await call('generateInsight', 'POST', '/api/insights/generate', { query });
    expect(problemOf(reply)).toMatchObject({ status: 404, code: 'SNAPSHOT_NOT_FOUND' });
  });

  it('carry the permission to use names', async () => {
    const snapshot = exampleSnapshot(newId());
    system.behind.snapshots.push(snapshot);
    const query = { snapshot_id: snapshot.id, insight_type: 'roast', allow_names: 'true' };
    const reply = await call('generateInsight', 'POST', '/api/insights/generate', { query });
    const store = await EventStore.open(await system.infrastructure.connect());
    const event = await store.last('JOBS', anyJobFilter(taskIdOf(reply)));
    expect(event && JobRequested.read(event)).toMatchObject({ payload: { allow_names: true } });
  });

  it('are read one by one', async () => {
    const insight = exampleInsight(newId());
    system.behind.insights.push(insight);
    expect((await call('getInsight', 'GET', `/api/insights/${insight.id}`)).body).toEqual(insight);
    const missing = await call('getInsight', 'GET', `/api/insights/${newId()}`);
    expect(problemOf(missing)).toMatchObject({ status: 404, code: 'INSIGHT_NOT_FOUND' });

    const kept = exampleInsight(newId());
    await cached(insightGroup(kept.id), insightField, kept);
    const asked = system.behind.asked(getInsight);
    expect((await call('getInsight', 'GET', `/api/insights/${kept.id}`)).body).toEqual(kept);
    expect(system.behind.asked(getInsight)).toBe(asked);
  });

  it('of a person come page by page', async () => {
    const userId = newId();
    const rows = [1, 2].map(() => exampleInsight(userId));
    system.behind.insights.push(...rows);
    const path = `/api/insights/user/${userId}`;
    const first = await call('listInsights', 'GET', path, { query: { limit: '1' } });
    expect(first.body).toEqual(rows.slice(0, 1));
    expect(first.headers.get('link')).toBe(`<${path}?limit=1&cursor=1>; rel="next"`);

    const page = { items: [exampleInsight(userId)], next: null };
    await cached(
      insightsGroup(userId),
      insightsField(insightQuery.parse({ user_id: userId, limit: 7 })),
      // Of the epoch before the first one was opened.
      { epoch: '', answer: page },
    );
    const asked = system.behind.asked(listInsights);
    const second = await call('listInsights', 'GET', path, { query: { limit: '7' } });
    expect(second.body).toEqual(page.items);
    expect(system.behind.asked(listInsights)).toBe(asked);
  });
});

it('shows the language models as the insight service has them', async () => {
  expect((await call('listModels', 'GET', '/api/models')).body).toEqual(exampleModels);
});

describe('tasks', () => {
  it('come from the scheduler, at both paths, without their owner', async () => {
    const found = exampleTask(newId());
    system.behind.tasks.set(found.task.task_id, found);
    const reply = await call('getTask', 'GET', `/api/tasks/${found.task.task_id}`);
    expect(reply.body).toEqual(found.task);
    const alias = await call('getTaskAlias', 'GET', `/tasks/${found.task.task_id}`);
    expect(alias.body).toEqual(found.task);
  });

  it('come from Redis where they are there', async () => {
    const found = exampleTask(newId());
    await cached(taskGroup(found.task.task_id), taskField, found);
    const asked = system.behind.asked(getTask);
    expect((await call('getTask', 'GET', `/api/tasks/${found.task.task_id}`)).body).toEqual(found.task);
    expect(system.behind.asked(getTask)).toBe(asked);
  });

  it('that nobody asked for are unknown', async () => {
    const reply = await call('getTask', 'GET', `/api/tasks/${newId()}`);
    expect(problemOf(reply)).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' });
  });
});

describe('dead letters', () => {
  const path = '/api/admin/dead-letters';

  it('come page by page', async () => {
    const rows = [1, 2, 3].map(exampleDeadLetter);
    system.behind.deadLetters.push(...rows);
    const first = await call('listDeadLetters', 'GET', path, { query: { limit: '2' } });
    expect(first.body).toEqual(rows.slice(0, 2));
    expect(first.headers.get('link')).toBe(`<${path}?limit=2&cursor=2>; rel="next"`);
    const second = await call('listDeadLetters', 'GET', path, { query: { limit: '2', cursor: '2' } });
    expect(second.body).toEqual(rows.slice(2));
    expect(second.headers.get('link')).toBeNull();
  });

  it('are read, retried by a task and discarded one by one', async () => {
    const [row] = system.behind.deadLetters as [DeadLetter];
    const one = `${path}/${row.id}`;
    expect((await call('listDeadLetters', 'GET', path, { query: { status: 'retried' } })).body).toEqual([]);
    expect((await call('getDeadLetter', 'GET', one)).body).toEqual(row);
    const retried = await call('retryDeadLetter', 'POST', `${one}/retry`);
    expect(retried.body).toEqual({ task_id: row.task_id, status: 'queued' });
    const discarded = await call('discardDeadLetter', 'POST', `${one}/discard`);
    expect(discarded.body).toEqual({ ...row, status: 'discarded' });
    const unknown = await call('retryDeadLetter', 'POST', `${path}/${newId()}/retry`);
    expect(problemOf(unknown)).toMatchObject({ status: 404, code: 'DEAD_LETTER_NOT_FOUND' });
  });

  it('are listed two hundred at most', async () => {
    const reply = await call('listDeadLetters', 'GET', path, { query: { limit: '201' } });
    expect(badFields(reply)).toEqual(['limit']);
  });
});

describe('schedules', () => {
  const path = '/api/admin/schedules';
  const paused: Schedule = {
    name: 'ingest-all-users',
    status: 'paused',
    cron: '0 0 3 * * *',
    time_zone: 'Europe/Berlin',
    next_at: null,
    last_fired_at: '2026-11-23T02:00:00.000Z',
    last_task_id: newId(),
  };

  it('are listed, paused and resumed by the scheduler', async () => {
    await system.behind.answer(listSchedules, () => ({ schedules: [paused] }));
    await system.behind.answer(pauseSchedule, (asked): Schedule => {
      return { ...paused, status: asked.paused ? 'paused' : 'on' };
    });
    expect((await call('listSchedules', 'GET', path)).body).toEqual([paused]);
    const statusAfter = async (action: 'pause' | 'resume') =>
      (await call(`${action}Schedule`, 'POST', `${path}/ingest-all-users/${action}`)).body;
    expect(await statusAfter('pause')).toMatchObject({ status: 'paused' });
    expect(await statusAfter('resume')).toMatchObject({ status: 'on' });
  });

  it('are run by hand, once for an Idempotency-Key', async () => {
    const run = (key: string) =>
      call('runSchedule', 'POST', `${path}/generate-daily-insights/run`, {
        headers: { 'idempotency-key': key },
      });
    const [one, same, another] = [await run('a'), await run('a'), await run('b')].map(taskIdOf);
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
    const reply = await call('runSchedule', 'POST', `${path}/clean-the-house/run`);
    expect(badFields(reply)).toEqual(['name']);
  });
});

describe('health', () => {
  it('names every dependency', async () => {
    const reply = await call('health', 'GET', '/health');
    expect(reply.status).toBe(200);
    const { dependencies } = reply.body as HealthReport;
    const own = ['nats', 'redis'];
    expect(Object.keys(dependencies).sort()).toEqual(
      [...own, ...serviceNames, ...serviceNames.map((name) => `${name}/nats`)].sort(),
    );
  });

  it('is down when something behind a service is, or a service is gone', async () => {
    const down = { status: 'down', detail: 'no connection' } as const;
    await system.behind.answer(healthOf('token'), () => ({ ...down, dependencies: { postgres: down } }));
    await system.behind.silence(healthOf('insight'));
    const reply = await call('health', 'GET', '/health');
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
