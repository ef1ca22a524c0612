import { nobody } from '@undertone/contracts/id';
import { taskField, taskGroup } from '@undertone/contracts/jobs/cache-keys';
import type { DeadLetter } from '@undertone/contracts/jobs/dead-letter';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { listTasks } from '@undertone/contracts/jobs/listed-task';
import { cancelTask, getTask } from '@undertone/contracts/jobs/task';
import { getTaskTimeline } from '@undertone/contracts/jobs/timeline';
import { routes } from '@undertone/contracts/rest/routes';
import { listSchedules, pauseSchedule, type Schedule } from '@undertone/contracts/schedules/schedule';
import { newId } from '@undertone/platform/ids/ids';
import { principalOf } from '@undertone/platform/rpc/principal-header';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Call, pagesOf } from './caller.js';
import { badFields } from './client.js';
import { exampleListedTask } from './example-tasks.js';
import { exampleDeadLetter, exampleSchedule, exampleTask } from './examples.js';
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

  it('are cancelled and asked for again by the scheduler, at an operator’s routes as well', async () => {
    const found = exampleTask(newId());
    system.behind.tasks.set(found.task.task_id, found);
    const { task_id } = found.task;
    for (const cancel of ['cancelTask', 'cancelJob'] as const)
      expect(await call(cancel, { task_id })).toMatchObject({ task_id, status: 'REVOKED' });
    for (const retry of ['retryTask', 'retryJob'] as const)
      expect(await call(retry, { task_id })).toMatchObject({ status: 'queued', retry_of: task_id });
    await system.behind.answer(cancelTask, () => {
      throw new Refused('TASK_ENDED', 'the task has ended already, with SUCCESS');
    });
    await expect(call('cancelTask', { task_id })).rejects.toMatchObject({ status: 409, code: 'TASK_ENDED' });
    const unknown = call('retryTask', { task_id: newId() });
    await expect(unknown).rejects.toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' });
  });

  it.each(['cancelTask', 'retryTask', 'cancelJob', 'retryJob'] as const)(
    '%s: a key is for one of them',
    async (route) => {
      const [one, other] = [exampleTask(newId()), exampleTask(newId())];
      for (const found of [one, other]) system.behind.tasks.set(found.task.task_id, found);
      const once = { idempotencyKey: newId() };
      const first = await call(route, { task_id: one.task.task_id }, once);
      expect(await call(route, { task_id: one.task.task_id }, once)).toMatchObject({ status: first.status });
      await expect(call(route, { task_id: other.task.task_id }, once)).rejects.toMatchObject({
        code: 'IDEMPOTENCY_MISMATCH',
      });
    },
  );

  it('are those of whoever is named, where sign-in is off, at each of their routes', async () => {
    const found = exampleTask(newId());
    const { task_id } = found.task;
    system.behind.tasks.set(task_id, found);
    const asked: unknown[] = [];
    for (const question of [cancelTask, getTaskTimeline])
      await system.behind.answer(question as typeof cancelTask, (_, { headers }) => {
        asked.push(principalOf(headers)?.who);
        throw new Refused('TASK_NOT_FOUND', 'there is no such task');
      });
    for (const route of ['getTask', 'getTaskAlias'] as const) {
      expect(await call(route, { task_id, user_id: found.user_id })).toEqual(found.task);
      const others = call(route, { task_id, user_id: newId() });
      await expect(others).rejects.toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' });
    }
    const { user_id } = found;
    for (const route of ['cancelTask', 'getTaskTimeline'] as const)
      await expect(call(route, { task_id, user_id })).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    expect(asked).toEqual([1, 2].map(() => ({ kind: 'user', user_id })));
  });

  it('that nobody asked for are unknown', async () => {
    const unknown = call('getTask', { task_id: newId() });
    await expect(unknown).rejects.toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' });
  });

  it('are found by the scheduler: those of whoever is named, where sign-in is off', async () => {
    const [user_id, row] = [newId(), exampleListedTask()];
    const asked: unknown[] = [];
    await system.behind.answer(listTasks, (question) => {
      asked.push(question);
      return { items: [row], next: null };
    });
    expect(await call('listTasks', { user_id, status: 'SUCCESS' })).toEqual([row]);
    expect(asked).toEqual([{ user_id, status: 'SUCCESS', limit: 50 }]);
    const errors = [{ path: 'user_id', message: expect.stringContaining('is required') }];
    for (const route of ['listTasks', 'countTasks'] as const) {
      await expect(call(route, {})).rejects.toMatchObject({ status: 422, errors });
    }
  });
});

describe('what is decided about many at once', () => {
  const user_id = newId();
  const asked = async (task_id: string) => {
    const event = await system.store.last('JOBS', `jobs.operations.interactive.${task_id}.requested`);
    return event && JobRequested.read(event);
  };

  it('is a job of the scheduler’s, with the filter; the same key is the same one', async () => {
    const filter = { user_id, status: 'PENDING', type: 'ingest_listening_data', lane: 'bulk' } as const;
    const once = { idempotencyKey: newId() };
    const { task_id } = await call('cancelJobs', filter, once);
    expect(await asked(task_id)).toMatchObject({
      ...{ job_type: 'cancel-jobs', user_id: nobody, queue: 'operations', lane: 'interactive' },
      payload: {
        ...{ user_id: nobody, dry_run: false },
        filter: { ...filter, type: 'ingest-listening-data' },
      },
    });
    expect(await call('cancelJobs', filter, once)).toMatchObject({ task_id });
    await expect(call('cancelJobs', { ...filter, dry_run: true }, once)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
    });
    const again = await call('retryJobs', { all: true, dry_run: true });
    expect((await asked(again.task_id))?.payload).toEqual({ user_id: nobody, filter: {}, dry_run: true });
    const letters = await call('discardDeadLetters', { queue: 'spotify' });
    expect(await asked(letters.task_id)).toMatchObject({
      ...{ job_type: 'discard-dead-letters', payload: { filter: { queue: 'spotify' } } },
    });
  });

  it.each([
    ['cancelJobs', {}, 'all'],
    ['cancelJobs', { dry_run: true }, 'all'],
    ['cancelJobs', { all: true, queue: 'spotify' }, 'all'],
    ['retryJobs', { all: 'yes' }, 'all'],
    ['cancelJobs', { status: 'SUCCESS' }, 'status'],
    ['retryJobs', { status: 'PENDING' }, 'status'],
    ['retryJobs', { user_id: 'me' }, 'user_id'],
    ['retryJobs', { user_id: null }, 'user_id'],
    ['cancelJobs', { type: '' }, 'type'],
    ['cancelJobs', { text: ' - ' }, 'text'],
    ['cancelJobs', { lane: 'bulk', user: user_id }, 'user'],
    ['cancelJobs', { from: '2026-11-02T00:00:00Z', until: '2026-11-01T00:00:00Z' }, 'until'],
    ['retryDeadLetters', {}, 'all'],
    ['discardDeadLetters', { status: 'retried' }, 'status'],
    ['discardDeadLetters', { lane: 'bulk', text: 'relink' }, 'text'],
  ] as const)('%s with %j is refused, and says that it is for %s', async (route, given, field) => {
    const { method, path } = routes[route];
    const reply = await system.send(method, path, { json: given });
    expect(reply.status).toBe(422);
    expect(badFields(reply)).toEqual([field]);
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
    const { store } = system;
    const requested = await store.readFiltered('JOBS', 'jobs.scheduled.bulk.*.requested');
    expect(requested.map((event) => JobRequested.read(event))).toMatchObject([
      { job_id: one, job_type: 'generate-daily-insights', payload: { user_id: nobody } },
      { job_id: another },
    ]);
  });

  it('are also known by what the earlier version called its tasks', async () => {
    await call('runSchedule', { name: 'ingest_all_users_data' });
    await expect(call('runSchedule', { name: 'nothing' as never })).rejects.toMatchObject({
      status: 422,
      errors: [{ path: 'name' }],
    });
    await call('pauseSchedule', { name: 'generate_weekly_summaries' });
    expect(system.behind.asked(pauseSchedule)).toBeGreaterThan(0);
  });

  it('that there are not are named', async () => {
    const reply = await system.send('POST', '/api/admin/schedules/clean-the-house/run');
    expect(badFields(reply)).toEqual(['name']);
  });
});
