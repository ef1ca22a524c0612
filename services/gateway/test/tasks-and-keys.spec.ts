import type { EventDefinition } from '@undertone/contracts/event';
import { nobody } from '@undertone/contracts/id';
import {
  JobFailed,
  JobProgressed,
  JobRequested,
  JobStarted,
  JobSucceeded,
} from '@undertone/contracts/jobs/job';
import { getTask } from '@undertone/contracts/jobs/task';
import { type EncryptingService, encryptingServices, listKeys } from '@undertone/contracts/keys';
import { jobAggregate } from '@undertone/contracts/subjects';
import { storeTokens } from '@undertone/contracts/token/rpc';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { badFields, problemOf, taskIdOf } from './client.js';
import { conforms } from './conforms.js';
import { exampleTask, registration, tokens } from './examples.js';
import { followed } from './followed.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
let store: EventStore;
const user_id = newId();
const ingest = { user_id, time_range: 'short_term' };

beforeAll(async () => {
  system = await startSystem();
  store = await EventStore.open(await system.infrastructure.connect());
  system.behind.users.set('ada', user_id);
});
afterEach(() => system.behind.answerAll());
afterAll(() => system.stop());

const post = (path: string, json: unknown, key?: string) =>
  system.send('POST', path, { json, ...(key !== undefined && { headers: { 'idempotency-key': key } }) });

describe('a request with an Idempotency-Key', () => {
  it('gives the same task again, and asks for the work once', async () => {
    const key = newId();
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => post('/api/listening/ingest', ingest, key)),
    );
    const ids = new Set(replies.map(taskIdOf));
    expect(ids.size).toBe(1);
    const [id] = ids;
    expect(await store.read(jobAggregate('spotify', 'interactive', id ?? ''))).toHaveLength(1);
  });

  it('is another task with another key, or with none', async () => {
    const key = newId();
    const replies = [
      await post('/api/listening/ingest', ingest, key),
      await post('/api/listening/ingest', ingest, `${key}2`),
      await post('/api/listening/ingest', ingest),
      await post('/api/listening/ingest', ingest),
    ];
    expect(new Set(replies.map(taskIdOf)).size).toBe(4);
  });

  it.each<[string, string, unknown, unknown]>([
    ['ingestListening', '/api/listening/ingest', ingest, { user_id, time_range: 'long_term' }],
    [
      'registerUser',
      '/api/users/register',
      registration('bob'),
      { ...registration('bob'), email: 'other@example.com' },
    ],
    ['storeTokens', '/api/tokens/store', tokens(user_id), { ...tokens(user_id), access_token: 'other' }],
  ])('%s: is refused with another body', async (operation, path, body, other) => {
    const key = newId();
    const first = await post(path, body, key);
    const again = await post(path, body, key);
    expect(again.status).toBe(first.status);
    expect(again.body).toEqual(first.body);
    const reply = await post(path, other, key);
    conforms(operation, reply);
    expect(problemOf(reply)).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('is told from the same key of somebody else', async () => {
    const [key, other] = [newId(), newId()];
    system.behind.users.set('zoe', other);
    for (const name of ['mia', 'tom']) {
      expect((await post('/api/users/register', registration(name), key)).status).toBe(200);
    }
    for (const id of [user_id, other]) {
      expect((await post('/api/tokens/store', tokens(id), key)).status).toBe(200);
    }
  });

  it('hands the key on with the tokens, so that a repeat does not store them again', async () => {
    const keys: unknown[] = [];
    await system.behind.answer(storeTokens, ({ user_id, idempotency_key }) => {
      keys.push(idempotency_key);
      return {
        ...{ user_id, provider: 'spotify' as const, scopes: [] },
        ...{ expires_at: '2026-11-23T11:00:00Z', stored_at: '2026-11-23T10:00:00Z' },
      };
    });
    const key = newId();
    await post('/api/tokens/store', tokens(user_id), key);
    await post('/api/tokens/store', tokens(user_id));
    expect(keys).toEqual([key, undefined]);
  });

  it.each(['', 'x'.repeat(256)])('is refused with a key of a wrong length', async (key) => {
    expect(badFields(await post('/api/listening/ingest', ingest, key))).toEqual(['Idempotency-Key']);
  });
});

describe('encryption keys', () => {
  const newest = { identity: '0a1b2c3d', token: '4e5f6071' };
  const keysOf = (service: EncryptingService) => ({
    service,
    keys: [
      { id: newest[service], encrypts: true, configured: true, rows: 1 },
      { id: null, encrypts: false, configured: false, rows: 2 },
    ],
  });
  const answer = (service: EncryptingService) =>
    system.behind.answer(listKeys(service), () => keysOf(service));
  beforeEach(() => Promise.all(encryptingServices.map(answer)));

  it('are listed by service', async () => {
    const reply = await system.send('GET', '/api/admin/keys');
    conforms('listKeys', reply);
    expect(reply.body).toEqual(encryptingServices.map(keysOf));
  });

  it('are rotated by a job of the service, which names the key that encrypts; with the same key once', async () => {
    const key = newId();
    const reply = await post('/api/admin/keys/rotate', { service: 'token' }, key);
    conforms('rotateKeys', reply);
    const id = taskIdOf(reply);
    const [requested] = await store.read(jobAggregate('token', 'bulk', id));
    expect(requested && JobRequested.read(requested)).toMatchObject({
      job_type: 'rotate-token-keys',
      user_id: nobody,
      payload: { user_id: nobody, key_id: newest.token },
    });
    expect((await system.send('GET', `/api/tasks/${id}`)).body).toMatchObject({ status: 'PENDING' });
    expect(taskIdOf(await post('/api/admin/keys/rotate', { service: 'token' }, key))).toBe(id);
    const other = await post('/api/admin/keys/rotate', { service: 'identity' }, key);
    expect(problemOf(other)).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('are not rotated while the service does not answer', async () => {
    const before = await store.last('JOBS', 'jobs.>');
    await system.behind.silence(listKeys('identity'));
    const reply = await post('/api/admin/keys/rotate', { service: 'identity' });
    conforms('rotateKeys', reply);
    expect(problemOf(reply)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect((await store.last('JOBS', 'jobs.>'))?.sequence).toBe(before?.sequence);
  });
});

describe('a task that neither Redis nor the scheduler knows', () => {
  it('is never missing, from its first moment on', async () => {
    for (let round = 0; round < 20; round += 1) {
      const id = taskIdOf(await post('/api/listening/ingest', ingest));
      const reply = await system.send('GET', `/api/tasks/${id}`);
      expect(reply.body).toMatchObject({ task_id: id, status: 'PENDING', attempt: 0 });
    }
  });

  it.each([500, 503])('is read from its own events when the scheduler fails with %i', async (status) => {
    await system.behind.answer(getTask, () => {
      throw Refused.received({ code: 'INTERNAL', status, message: 'its database is away' });
    });
    const id = taskIdOf(await post('/api/listening/ingest', ingest));
    const reply = await system.send('GET', `/api/tasks/${id}`);
    expect(reply.body).toMatchObject({ task_id: id, status: 'PENDING' });
  });

  it('is read from its own events, also when the scheduler is gone', async () => {
    await system.behind.silence(getTask);
    const id = taskIdOf(await post('/api/listening/ingest', ingest));
    const pending = await system.send('GET', `/api/tasks/${id}`);
    conforms('getTask', pending);
    const created = (pending.body as { created_at: string }).created_at;

    const aggregate = jobAggregate('spotify', 'interactive', id);
    const fact = { job_id: id, job_type: 'ingest-listening-data', user_id, attempt: 1 };
    const at = { source: 'test', time: new Date('2099-01-01T00:00:00Z'), correlationId: id };
    const [requested] = await store.read(aggregate);
    const started = await store.append(
      aggregate,
      { ...at, definition: JobStarted, id: newId(), data: { ...fact, worker: 'test' } },
      requested?.sequence ?? 0,
    );
    const running = await system.send('GET', `/api/tasks/${id}`);
    expect(running.body).toMatchObject({ status: 'STARTED', attempt: 1, created_at: created });

    const problem = { code: 'NO_TOKEN', message: 'there is no token' };
    await store.append(
      aggregate,
      { ...at, definition: JobFailed, id: newId(), data: { ...fact, problem } },
      started.sequence,
    );
    const failed = await system.send('GET', `/tasks/${id}`);
    conforms('getTaskAlias', failed);
    expect(failed.body).toMatchObject({
      status: 'FAILURE',
      error: problem,
      created_at: created,
      updated_at: '2099-01-01T00:00:00.000Z',
    });
  });
});

describe('following a task', () => {
  const at = { source: 'test', time: new Date('2099-01-01T00:00:00Z') };
  async function begun() {
    const id = taskIdOf(await post('/api/listening/ingest', ingest));
    const aggregate = jobAggregate('spotify', 'interactive', id);
    let sequence = (await store.read(aggregate))[0]?.sequence ?? 0;
    const append = async (definition: EventDefinition, more: object) => {
      const data = { job_id: id, job_type: 'ingest-listening-data', user_id, attempt: 1, ...more };
      ({ sequence } = await store.append(aggregate, { ...at, definition, id: newId(), data }, sequence));
      return String(sequence);
    };
    return { id, append, events: `/api/tasks/${id}/events` };
  }
  const done = { result: { snapshot_id: newId() } };
  const tell = (percent: number) => ({ progress: { percent, message: `${percent} %` } });

  it('tells every status once, in order, from the first on, and ends with it', async () => {
    const { id, append, events } = await begun();
    await append(JobStarted, { worker: 'test' });
    const stream = await followed(system.url, events);
    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(await stream.next()).toMatchObject({ event: 'task', data: { task_id: id, status: 'PENDING' } });
    expect(await stream.next()).toMatchObject({ data: { status: 'STARTED', attempt: 1 } });
    for (const percent of [10, 20, 30]) await append(JobProgressed, tell(percent));
    for (const percent of [10, 20, 30]) {
      expect(await stream.next()).toMatchObject({ data: { status: 'PROGRESS', progress: { percent } } });
    }
    const last = await append(JobSucceeded, done);
    expect(await stream.next()).toMatchObject({ id: last, data: { status: 'SUCCESS', ...done } });
    expect(await stream.next()).toBeUndefined();
  });

  it('misses nothing that is appended while it begins', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { append, events } = await begun();
      const [stream] = await Promise.all([
        followed(system.url, events),
        append(JobStarted, { worker: 'test' }).then(() => append(JobSucceeded, done)),
      ]);
      const statuses: unknown[] = [];
      for (let event = await stream.next(); event; event = await stream.next()) {
        statuses.push((event.data as { status: string }).status);
      }
      expect(statuses).toEqual(['PENDING', 'STARTED', 'SUCCESS']);
    }
  });

  it('goes on behind Last-Event-ID, with what was known before; behind the end there is 204', async () => {
    const { append, events } = await begun();
    const started = await append(JobStarted, { worker: 'test' });
    const created = (await (await followed(system.url, events)).next())?.data as { created_at: string };
    const stream = await followed(system.url, events, { 'last-event-id': started });
    const last = await append(JobSucceeded, done);
    expect(await stream.next()).toMatchObject({
      id: last,
      data: { status: 'SUCCESS', created_at: created.created_at },
    });
    const over = await system.send('GET', events, { headers: { 'last-event-id': last } });
    expect(over.status).toBe(204);
  });

  it('tells of one that the log has forgotten what the scheduler has kept', async () => {
    const found = exampleTask(user_id);
    system.behind.tasks.set(found.task.task_id, found);
    const stream = await followed(system.url, `/api/tasks/${found.task.task_id}/events`);
    expect(await stream.next()).toMatchObject({ data: found.task });
    expect(await stream.next()).toBeUndefined();
  });

  it('of an unknown one is 404, and no stream', async () => {
    const reply = await system.send('GET', `/api/tasks/${newId()}/events`);
    expect(problemOf(reply).code).toBe('TASK_NOT_FOUND');
  });

  it('makes no consumer, is bounded, and does not hold a gateway that stops', async () => {
    const other = await system.another({ OPEN_STREAMS_LIMIT: '2' });
    const { events } = await begun();
    const streams = [await followed(other.url, events), await followed(other.url, events)];
    await Promise.all(streams.map((stream) => stream.next()));
    expect((await store.manager.streams.info('JOBS')).state.consumer_count).toBe(0);
    const third = await other.send('GET', events);
    expect(problemOf(third)).toMatchObject({ status: 503, code: 'TOO_MANY_STREAMS' });
    await streams[0]?.close();
    await eventually('there is room again', async () => {
      const again = await followed(other.url, events);
      if (again.status !== 200) return false;
      await again.next();
      return true;
    });
    await other.close();
    await eventually('the stream ended', async () => (await streams[1]?.next()) === undefined);
  });
});
