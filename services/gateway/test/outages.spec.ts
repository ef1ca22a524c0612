import { randomBytes } from 'node:crypto';
import { ActionTaken } from '@undertone/contracts/audit/action-taken';
import { taskField, taskGroup } from '@undertone/contracts/jobs/cache-keys';
import { getTask } from '@undertone/contracts/jobs/task';
import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { API_KEY_PREFIX } from '@undertone/contracts/sign-in/api-key';
import { getApiKey, listRevoked } from '@undertone/contracts/sign-in/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { principalOf } from '@undertone/platform/rpc/principal-header';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { freezable } from '@undertone/platform/test-kit/freezable';
import { freePort, startTestRedis } from '@undertone/platform/test-kit/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from './caller.js';
import { problemOf } from './client.js';
import { conforms } from './conforms.js';
import { exampleSnapshot, exampleTask } from './examples.js';
import { field, file, postForm } from './form.js';
import { serviceCache } from './service-cache.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
const user_id = newId();
const ingest = { user_id, time_range: 'short_term' } as const;

beforeAll(async () => {
  system = await startSystem();
  system.behind.users.set('ada', user_id);
  system.behind.snapshots.push(exampleSnapshot(user_id));
});
afterAll(() => system.stop());

/** The whole use of the API that needs neither Redis nor the scheduler. */
async function works(call: Call): Promise<void> {
  const { task_id } = await call('ingestListening', ingest, { idempotencyKey: newId() });
  expect(await call('getTask', { task_id })).toMatchObject({ status: 'PENDING' });
  system.behind.tasks.set(task_id, { user_id, task: exampleTask(task_id).task });
  expect(await call('cancelTask', { task_id }, { idempotencyKey: newId() })).toMatchObject({
    status: 'REVOKED',
  });
  expect(await call('listSnapshots', { user_id })).toHaveLength(1);
}

describe('a service that does not answer', () => {
  it('is a 503 with a time to come back, and nothing else stops', async () => {
    await system.behind.silence(listSnapshots);
    await system.behind.silence(getTask);
    const reply = await system.send('GET', '/api/listening/snapshots', { query: { user_id } });
    conforms('listSnapshots', reply);
    expect(problemOf(reply)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    const { task_id } = await system.call('ingestListening', ingest);
    await system.call('getTask', { task_id });
    await system.behind.answerAll();
  });
});

describe('without Redis', () => {
  it('all works, and health says so', async () => {
    const { call, send } = await system.start({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    await works(call);
    const health = await send('GET', '/health');
    conforms('health', health);
    expect(health).toMatchObject({ status: 503, body: { dependencies: { redis: { status: 'down' } } } });
    // Each process counts by itself.
    expect(health.headers.has('ratelimit')).toBe(true);
    expect((await send('GET', '/readyz')).status).toBe(200);
  });

  it('all goes on when it goes away, and when it comes back', async () => {
    const redis = await startTestRedis();
    try {
      const { call, send } = await system.start({ REDIS_URL: redis.url });
      const isUp = async () => (await send('GET', '/health')).text.includes('"redis":{"status":"up"');
      await eventually('Redis is up', isUp);
      await works(call);
      await redis.kill();
      await works(call);
      await redis.restart();
      await eventually('Redis is up again', isUp);
      await works(call);
    } finally {
      await redis.stop();
    }
  });
});

describe('with a Redis that refuses', () => {
  it.each(['open', 'accounts'])('all works with AUTH_MODE=%s, and health says why', async (AUTH_MODE) => {
    const { call, send } = await system.start({ REDIS_PREFIX: 'of-another:', AUTH_MODE });
    // The gateway is ready before it has a connection.
    const health = await eventually('Redis has refused', async () => {
      const reply = await send('GET', '/health');
      return reply.text.includes('REDIS_PREFIX') && reply;
    });
    conforms('health', health);
    expect(health).toMatchObject({ status: 503, body: { dependencies: { redis: { status: 'down' } } } });
    if (AUTH_MODE === 'open') return works(call);
    const authorization = `Bearer ${API_KEY_PREFIX}${'a'.repeat(43)}`;
    const key = { user_id, key_id: newId(), roles: [], scopes: ['read' as const], exp: null };
    const revoked: string[] = [];
    await system.behind.answer(getApiKey, () => ({ key }));
    await system.behind.answer(listRevoked, () => ({ revoked }));
    // Whoever is asked may look at the key again.
    let by: string | undefined;
    await system.behind.answer(listSnapshots, (_question, { headers }) => {
      by = principalOf(headers)?.key_id;
      return { items: [], next: null };
    });
    const asked = () =>
      send('GET', '/api/listening/snapshots', { query: { user_id }, headers: { authorization } });
    expect((await asked()).status).toBe(200);
    expect(by).toBe(key.key_id);
    revoked.push(key.key_id);
    await eventually('it is told of what was revoked', async () => (await asked()).status === 401);
    await system.behind.silence(listRevoked);
    await eventually('nobody gets in', async () => (await asked()).status === 503);
    await system.behind.answerAll();
  });
});

describe('with a Redis that hangs', () => {
  it('all works, a little slower', async () => {
    const redis = await freezable(system.infrastructure.redisUrl);
    try {
      const { call, send } = await system.start({ REDIS_URL: redis.url });
      const isUp = async () => (await send('GET', '/health')).text.includes('"redis":{"status":"up"');
      await eventually('Redis is up', isUp);
      redis.freeze();
      const began = performance.now();
      await works(call);
      expect(performance.now() - began).toBeLessThan(5_000);
      expect((await send('GET', '/health')).body).toMatchObject({
        dependencies: { redis: { status: 'down' } },
      });
      redis.thaw();
      await eventually('Redis is up again', isUp);
      await works(call);
      expect((await send('GET', '/health')).body).toMatchObject({
        dependencies: { redis: { status: 'up' } },
      });
    } finally {
      await redis.close();
    }
  });
});

describe('without NATS', () => {
  it('a request waits for a restart, or is a 503 within its time', async () => {
    await works(system.call);
    const keep = await serviceCache(system);
    const kept = async (status: 'PENDING' | 'SUCCESS') => {
      const { task } = exampleTask(newId());
      await keep(taskGroup(task.task_id), taskField, { user_id, task: { ...task, status } });
      return task.task_id;
    };
    const [running, ended] = [await kept('PENDING'), await kept('SUCCESS')];
    await system.infrastructure.nats.kill();
    const began = performance.now();
    const unavailable = (code: string) => ({ status: 503, code });
    const [, , , live, ready] = await Promise.all([
      expect(system.call('ingestListening', ingest)).rejects.toMatchObject(unavailable('LOG_UNAVAILABLE')),
      expect(system.call('listSnapshots', { user_id })).rejects.toMatchObject(
        unavailable('SERVICE_UNAVAILABLE'),
      ),
      expect(system.call('getTask', { task_id: newId() })).rejects.toMatchObject(
        unavailable('LOG_UNAVAILABLE'),
      ),
      system.send('GET', '/livez'),
      system.send('GET', '/readyz'),
      // It may be further than what is kept of it, and was perhaps shown so.
      expect(system.call('getTask', { task_id: running })).rejects.toMatchObject(
        unavailable('LOG_UNAVAILABLE'),
      ),
      ...(['cancelTask', 'retryTask'] as const).map((route) =>
        expect(system.call(route, { task_id: running })).rejects.toMatchObject(
          unavailable('SERVICE_UNAVAILABLE'),
        ),
      ),
      expect(system.call('getTask', { task_id: ended })).resolves.toMatchObject({ status: 'SUCCESS' }),
    ]);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(live.status).toBe(200);
    expect(ready.status).toBe(503);

    const uses = () => system.send('GET', '/api/admin/dead-letters');
    expect((await uses()).status).toBe(503);

    const waiting = system.call('ingestListening', ingest);
    await system.infrastructure.nats.restart();
    await waiting;
    await eventually(
      'the services are back',
      async () => (await system.send('GET', '/health')).status === 200,
    );
    await works(system.call);
    // What admins did meanwhile is in the audit when the log is back.
    const use = await eventually('the audit has it', async () => {
      const all = await system.store.readFiltered('AUDIT', 'audit.>');
      return all.flatMap((event) => ActionTaken.read(event) ?? []).at(-1);
    });
    expect(use).toMatchObject({ what: 'listDeadLetters', status: 503, code: 'SERVICE_UNAVAILABLE' });
  });
});

describe('at shutdown', () => {
  it('what runs is ended', async () => {
    const gateway = await system.start();
    let answered = () => {};
    const asked = new Promise<void>((resolve) => {
      answered = resolve;
    });
    let closed: Promise<void> | undefined;
    await system.behind.answer(listSnapshots, () => {
      closed = gateway.close();
      answered();
      return { items: [], next: null };
    });
    const answer = gateway.call('listSnapshots', { user_id });
    await asked;
    expect(await answer).toEqual([]);
    await closed;
    await expect(gateway.send('GET', '/livez')).rejects.toThrow();
    await system.behind.answerAll();
  });
});

describe('without object storage', () => {
  it('an upload is a 503, and the next one after a restart is taken', async () => {
    await postForm(system.url, [field('user_id', user_id), file('known from now on')]);
    await system.infrastructure.nats.kill();
    const reply = await postForm(system.url, [field('user_id', user_id), file(randomBytes(1024 * 1024))]);
    conforms('createImport', reply);
    expect(problemOf(reply)).toMatchObject({ status: 503, code: 'OBJECT_STORAGE_UNAVAILABLE' });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    await system.infrastructure.nats.restart();
    await eventually('uploads are taken again', async () => {
      const again = await postForm(system.url, [field('user_id', user_id), file('back')]);
      return again.status === 202;
    });
  });
});
