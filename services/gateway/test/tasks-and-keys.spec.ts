import type { CallOptions } from '@undertone/contracts/client/api';
import { defineEvent, type EventDefinition } from '@undertone/contracts/event';
import { taskField, taskGroup } from '@undertone/contracts/jobs/cache-keys';
import {
  JobFailed,
  JobProgressed,
  JobRequested,
  JobRequestedAgain,
  JobRevoked,
  JobStarted,
  JobSucceeded,
} from '@undertone/contracts/jobs/job';
import { getTask, type OwnedTask } from '@undertone/contracts/jobs/task';
import { jobAggregate } from '@undertone/contracts/subjects';
import type { NewEvent } from '@undertone/platform/event-store/cloudevents';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Call } from './caller.js';
import { problemOf } from './client.js';
import { exampleTask } from './examples.js';
import { followed } from './followed.js';
import { serviceCache } from './service-cache.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
let store: EventStore;
/** As the worker writes: what the operator publishes reaches no listener in another account. */
let worker: EventStore;
const user_id = newId();
const ingest = { user_id, time_range: 'short_term' } as const;

beforeAll(async () => {
  system = await startSystem();
  store = system.store;
  worker = await EventStore.open(await system.infrastructure.connect({}, 'ingestion'));
  system.behind.users.set('ada', user_id);
});
afterEach(() => system.behind.answerAll());
afterAll(() => system.stop());

const call: Call = (route, ...given) => system.call(route, ...given);
/** Asks for an ingest of somebody new. @returns its task's id. */
const ingested = async (options: CallOptions = {}) => {
  const person = newId();
  system.behind.users.set(person, person);
  return (await call('ingestListening', { ...ingest, user_id: person }, options)).task_id;
};

describe('a task that neither Redis nor the scheduler knows', () => {
  it('is never missing, from its first moment on', async () => {
    for (let round = 0; round < 20; round += 1) {
      const task_id = await ingested();
      const task = await call('getTask', { task_id });
      expect(task).toMatchObject({ task_id, status: 'PENDING', attempt: 0 });
    }
  });

  it.each([500, 503])('is read from its own events when the scheduler fails with %i', async (status) => {
    await system.behind.answer(getTask, () => {
      throw Refused.received({ code: 'INTERNAL', status, message: 'its database is away' });
    });
    const task_id = await ingested();
    expect(await call('getTask', { task_id })).toMatchObject({ task_id, status: 'PENDING' });
  });

  it('is not said to be none while the scheduler cannot tell', async () => {
    await system.behind.silence(getTask);
    const asked = call('getTask', { task_id: newId() });
    await expect(asked).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('is read from its own events, also when the scheduler is gone', async () => {
    await system.behind.silence(getTask);
    const id = await ingested();
    const { created_at: created } = await call('getTask', { task_id: id });

    const aggregate = jobAggregate('spotify', 'interactive', id);
    const fact = { job_id: id, job_type: 'ingest-listening-data', user_id, attempt: 1 };
    const at = { source: 'test', time: new Date('2099-01-01T00:00:00Z'), correlationId: id };
    const [requested] = await store.read(aggregate);
    const started = await store.append(
      aggregate,
      { ...at, definition: JobStarted, id: newId(), data: { ...fact, worker: 'test' } },
      requested?.sequence ?? 0,
    );
    const running = await call('getTask', { task_id: id });
    expect(running).toMatchObject({ status: 'STARTED', attempt: 1, created_at: created });

    const problem = { code: 'NO_TOKEN', message: 'there is no token' };
    const ended = await store.append(
      aggregate,
      { ...at, definition: JobFailed, id: newId(), data: { ...fact, problem } },
      started.sequence,
    );
    const failed = await call('getTaskAlias', { task_id: id });
    expect(failed).toMatchObject({
      status: 'FAILURE',
      error: problem,
      created_at: created,
      updated_at: '2099-01-01T00:00:00.000Z',
    });
    const again = { ...fact, problem, retry_id: newId() };
    const later = { ...at, time: new Date('2099-02-01T00:00:00Z') };
    await store.append(
      aggregate,
      { ...later, definition: JobRequestedAgain, id: newId(), data: again },
      ended.sequence,
    );
    expect(await call('getTask', { task_id: id })).toEqual(failed);
  });
});

describe('a task of a newer release', () => {
  const at = { source: 'test', time: new Date('2099-01-01T00:00:00Z') };

  it('is read and followed in a queue that is unknown here', async () => {
    const id = newId();
    const data = {
      job_id: id,
      job_type: 'press-record',
      user_id,
      queue: 'pressing',
      lane: 'slow',
      payload: {},
    };
    await store.append(
      jobAggregate('pressing', 'slow', id),
      { ...at, definition: JobRequested, id, data },
      0,
    );
    expect(await call('getTask', { task_id: id })).toMatchObject({ status: 'PENDING' });
    const stream = await followed(system.url, `/api/tasks/${id}/events`);
    expect(await stream.next()).toMatchObject({ data: { task_id: id, status: 'PENDING' } });
    await stream.close();
  });

  it.each([
    ['an event', 'paused', 1],
    ['a version', 'progressed', 2],
  ])('is told as far as %s goes that only that release can read', async (_, name, version) => {
    const id = await ingested();
    const aggregate = jobAggregate('spotify', 'interactive', id);
    const schema = z.object({ job_id: z.string() }).loose();
    const newer = defineEvent({
      context: 'jobs',
      name,
      subjectToken: 'status',
      description: 'of a newer release',
      schema,
      older: version === 1 ? [] : [{ schema, upcast: (data: never) => data }],
    });
    const data = { job_id: id, job_type: 'ingest-listening-data', user_id, attempt: 1 };
    let sequence = (await store.last('JOBS', aggregate.filter))?.sequence ?? 0;
    for (const definition of [JobStarted, newer]) {
      const event = { ...at, definition, id: newId(), data: { ...data, worker: 'test' } } as NewEvent;
      ({ sequence } = await store.append(aggregate, event, sequence));
    }
    expect(await call('getTask', { task_id: id })).toMatchObject({ status: 'STARTED' });
    const stream = await followed(system.url, `/api/tasks/${id}/events`);
    expect(await stream.next()).toMatchObject({ data: { status: 'PENDING' } });
    expect(await stream.next()).toMatchObject({ data: { status: 'STARTED' } });
    await stream.close();
  });
});

describe('a task that Redis and the scheduler know', () => {
  it('does not go back where they are behind its events', async () => {
    const id = await ingested();
    const asked = await call('getTask', { task_id: id });
    const behind: OwnedTask = {
      user_id,
      task: { ...exampleTask(id).task, status: 'PENDING', result: null, created_at: asked.created_at },
    };
    const aggregate = jobAggregate('spotify', 'interactive', id);
    const data = { job_id: id, job_type: 'ingest-listening-data', user_id, attempt: 1, worker: 'test' };
    await store.append(
      aggregate,
      { definition: JobStarted, id: newId(), data, source: 'test', time: new Date() },
      (await store.read(aggregate))[0]?.sequence ?? 0,
    );
    system.behind.tasks.set(id, behind);
    const started = { status: 'STARTED', created_at: asked.created_at };
    expect(await call('getTask', { task_id: id })).toMatchObject(started);
    const write = await serviceCache(system);
    await write(taskGroup(id), taskField, behind);
    expect(await call('getTask', { task_id: id })).toMatchObject(started);
  });
});

describe('a task of a log that was restored from an older backup', () => {
  it('is not done because Redis still says so', async () => {
    const id = await ingested();
    const write = await serviceCache(system);
    await write(taskGroup(id), taskField, { ...exampleTask(id), user_id });
    expect(await call('getTask', { task_id: id })).toMatchObject({ status: 'PENDING', result: null });
  });
});

describe('following a task', () => {
  const at = { source: 'test', time: new Date('2099-01-01T00:00:00Z') };
  async function begun() {
    const id = await ingested();
    const aggregate = jobAggregate('spotify', 'interactive', id);
    let sequence = (await store.read(aggregate))[0]?.sequence ?? 0;
    const append = async (definition: EventDefinition, more: object) => {
      const data = { job_id: id, job_type: 'ingest-listening-data', user_id, attempt: 1, ...more };
      ({ sequence } = await worker.append(aggregate, { ...at, definition, id: newId(), data }, sequence));
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

  it('ends with a cancellation', async () => {
    const { append, events } = await begun();
    const stream = await followed(system.url, events);
    const last = await append(JobRevoked, { reason: 'cancelled by the person who asked for it' });
    expect(await stream.next()).toMatchObject({ data: { status: 'PENDING' } });
    expect(await stream.next()).toMatchObject({ id: last, data: { status: 'REVOKED', error: null } });
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

  it.each(['999999999999999', '0', 'abc'])(
    'begins where Last-Event-ID is %s, which is none of it',
    async (id) => {
      const { append, events } = await begun();
      await append(JobSucceeded, done);
      const stream = await followed(system.url, events, { 'last-event-id': id });
      expect(await stream.next()).toMatchObject({ data: { status: 'PENDING' } });
      expect(await stream.next()).toMatchObject({ data: { status: 'SUCCESS' } });
      expect(await stream.next()).toBeUndefined();
    },
  );

  it('tells of one that the log has forgotten what the scheduler has kept', async () => {
    const found = exampleTask(user_id);
    system.behind.tasks.set(found.task.task_id, found);
    const events = `/api/tasks/${found.task.task_id}/events`;
    for (const seen of [undefined, '999999999999999']) {
      const stream = await followed(system.url, events, seen ? { 'last-event-id': seen } : {});
      expect(await stream.next()).toMatchObject({ id: '0', data: found.task });
      expect(await stream.next()).toBeUndefined();
    }
    expect((await system.send('GET', events, { headers: { 'last-event-id': '0' } })).status).toBe(204);
  });

  it('of an unknown one is 404, and no stream', async () => {
    const reply = await system.send('GET', `/api/tasks/${newId()}/events`);
    expect(problemOf(reply).code).toBe('TASK_NOT_FOUND');
  });

  it('makes no consumer, is bounded, and does not hold a gateway that stops', async () => {
    const other = await system.start({ OPEN_STREAMS_LIMIT: '2' });
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
