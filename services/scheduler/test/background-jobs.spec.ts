import { MikroORM } from '@mikro-orm/postgresql';
import { AckPolicy, jetstream } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Principal } from '@undertone/contracts/access/principal';
import { consumers } from '@undertone/contracts/consumers';
import { defineEvent } from '@undertone/contracts/event';
import { listJobTotals } from '@undertone/contracts/job-totals/job-totals';
import { taskField, taskGroup } from '@undertone/contracts/jobs/cache-keys';
import { listDeadLetters } from '@undertone/contracts/jobs/dead-letter';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import {
  JobFailed,
  JobProgressed,
  JobRequested,
  JobStarted,
  JobSucceeded,
} from '@undertone/contracts/jobs/job';
import { countJobs, countTasks, listJobs, listTasks } from '@undertone/contracts/jobs/listed-task';
import { getTask, ownedTask, type Task } from '@undertone/contracts/jobs/task';
import { getJob, getTaskTimeline } from '@undertone/contracts/jobs/timeline';
import { erasePerson, listKnownPeople } from '@undertone/contracts/personal-data/erasure';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { jobAggregate } from '@undertone/contracts/subjects';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import type { NewEvent } from '@undertone/platform/event-store/cloudevents';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { deliverAt } from '@undertone/platform/jobs/deliver-at';
import { requestDerivedJob, requestJob } from '@undertone/platform/jobs/request-job';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { answersToForgedCursors } from '@undertone/platform/test-kit/forged-cursors';
import { holdProjection } from '@undertone/platform/test-kit/hold-projection';
import { jobAggregateOf } from '@undertone/platform/test-kit/jobs';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startScheduler } from '../src/start-scheduler.js';

describe('background jobs', () => {
  let scheduler: ServiceUnderTest<RunningService>;
  let store: EventStore;
  beforeAll(async () => {
    scheduler = await ServiceUnderTest.prepare({ schema: 'scheduler', start: startScheduler });
    await scheduler.start();
    store = scheduler.store;
  });
  afterAll(() => scheduler.stop());

  const request = () => {
    const payload = { user_id: newId(), time_range: 'short_term' as const };
    return requestJob(store, ingestListeningData, { payload, lane: 'interactive', source: 'test' });
  };
  const task = async (id: string): Promise<Task | undefined> =>
    (await scheduler.rpc.ask(getTask, { task_id: id })).found?.task;
  const becomes = (id: string, status: Task['status']) =>
    eventually(`${id} is ${status}`, async () => {
      const now = await task(id);
      return now?.status === status && now;
    });

  it('are erased with their person: cancelled, overwritten, and not delivered when they are due', async () => {
    const [userId, another] = [newId(), newId()];
    const requestOf = (user_id: string) => {
      const payload = { user_id, time_range: 'short_term' as const };
      return requestJob(store, ingestListeningData, { payload, lane: 'interactive', source: 'test' });
    };
    const [running, waiting, kept] = [
      await requestOf(userId),
      await requestOf(userId),
      await requestOf(another),
    ];
    const at = new Date(Date.now() + 2_000);
    for (const jobId of [waiting, kept]) {
      const { sequence } = (await store.last('JOBS', `jobs.*.*.${jobId}.>`)) ?? { sequence: 0 };
      await deliverAt(store, { queue: 'spotify', lane: 'interactive', jobId, sequence }, at, 'test');
    }
    await becomes(running, 'PENDING');
    const heard: string[] = [];
    scheduler.nats.subscribe(`jobs.*.*.${running}.status`, {
      callback: (_error, message) => void heard.push(message.headers?.get('ce-type') ?? ''),
    });

    const erase = () => scheduler.ask(erasePerson.scheduler, { user_id: userId });
    const known = async () => (await scheduler.ask(listKnownPeople.scheduler, { limit: 1_000 })).user_ids;
    await eventually('both are known', async () => {
      const ids = await known();
      return ids.includes(userId) && ids.includes(another);
    });
    const { removed, left } = await erase();
    expect(left).toBe(false);
    expect(removed).toEqual(
      expect.arrayContaining([
        // Both requests, what is scheduled, and that both were revoked.
        { service: 'scheduler', store: 'stream JOBS', removed: 5 },
        { service: 'scheduler', store: 'table background_job', removed: 2 },
      ]),
    );
    expect(heard).toEqual(['undertone.jobs.revoked.v1']);
    const dueOf = (jobId: string) =>
      store.manager.streams.getMessage('JOBS', { last_by_subj: `jobs-due.*.*.${jobId}` });
    await eventually('the other one is due', async () => (await dueOf(kept)) !== null);
    expect(await dueOf(waiting)).toBeNull();
    // The projection may have had what was overwritten at the same moment; a later look finds that.
    await eventually('nothing is left', async () => (await erase()).removed.length === 0);
    expect([await task(running), await task(waiting)]).toEqual([undefined, undefined]);
    expect(await task(kept)).toMatchObject({ task_id: kept });
    expect(await known()).not.toContain(userId);
  });

  it('are kept from their events, and written through to the cache', async () => {
    const id = await request();
    const asked = await becomes(id, 'PENDING');
    const aggregate = jobAggregate('spotify', 'interactive', id);
    const job = { job_id: id, job_type: 'ingest-listening-data', user_id: newId() };
    let sequence = (await store.last('JOBS', aggregate.filter))?.sequence ?? 0;
    const append = async (
      definition: typeof JobStarted | typeof JobProgressed | typeof JobSucceeded,
      data: object,
    ) => {
      const event = {
        definition,
        id: newId(),
        data: { ...job, attempt: 1, ...data },
        source: 'test',
        time: new Date(),
      };
      ({ sequence } = await store.append(aggregate, event as Parameters<EventStore['append']>[1], sequence));
    };
    await append(JobStarted, { worker: 'test' });
    await append(JobProgressed, { progress: { percent: 40, message: 'half way' } });
    expect(await becomes(id, 'PROGRESS')).toMatchObject({ progress: { percent: 40 }, attempt: 1 });
    await append(JobSucceeded, { result: { snapshot_id: newId() } });
    expect(await becomes(id, 'SUCCESS')).toMatchObject({
      created_at: asked.created_at,
      result: { snapshot_id: expect.any(String) },
      error: null,
    });
    const cache = scheduler.service.get<ReadCache>(ReadCache);
    await eventually('the cache has it', async () => {
      const cached = await cache.read(taskGroup(id), taskField, ownedTask);
      return cached?.task.status === 'SUCCESS';
    });
  });

  it('are what they were when their events are read again', async () => {
    const orm = scheduler.service.get<MikroORM>(MikroORM);
    const select = async (sql: string) => orm.em.fork().execute(sql);
    // With the transaction that wrote each row last.
    const jobs = () => select('select *, xmin::text from background_job order by id');
    const checkpoint = async () =>
      (await select(`select * from projection_checkpoint where name = 'scheduler-background-jobs'`))[0];
    const [before, at] = [await jobs(), await checkpoint()];
    const done = before.find(({ status }) => status === 'SUCCESS');
    expect(done).toMatchObject({ queue: 'spotify', worker: 'test', attempts: [{ outcome: 'succeeded' }] });
    // As an older release leaves it, which knows nothing of the details.
    await select(`update background_job set queue = null, worker = null, ended_at = null, attempts = '[]',
      details_sequence = 0 where id = '${done?.id}'`);
    await select(`update projection_checkpoint set built_from = jsonb_set(built_from, '{version}', '1')`);
    await eventually('all is read again', async () => {
      const now = await checkpoint();
      return now?.built_from.version === 3 && now?.sequence === at?.sequence;
    });
    const written = (rows: Record<string, unknown>[]) =>
      rows.map((row) => (row.id === done?.id ? { ...row, xmin: 'again' } : row));
    expect(written(await jobs())).toEqual(written(before));
  });

  it('of a queue that only a newer release knows are kept as all are', async () => {
    const id = newId();
    const data = { job_id: id, job_type: 'press-record', user_id: newId(), queue: 'pressing', lane: 'slow' };
    const aggregate = jobAggregate('pressing', 'slow', id);
    const event = { id, source: 'test', time: new Date() };
    await store.append(aggregate, { ...event, definition: JobRequested, data: { ...data, payload: {} } }, 0);
    expect(await becomes(id, 'PENDING')).toMatchObject({ job_type: 'press-record' });
    await becomes(await request(), 'PENDING');
  });

  it('are not held up by an event that only a newer release can read', async () => {
    const id = await request();
    const aggregate = jobAggregate('spotify', 'interactive', id);
    const job = { job_id: id, job_type: 'ingest-listening-data', user_id: newId() };
    let sequence = (await store.last('JOBS', aggregate.filter))?.sequence ?? 0;
    const newer = { context: 'jobs', subjectToken: 'status', description: 'of a newer release' };
    const schema = z.object({ job_id: z.string() }).loose();
    const older = [{ schema, upcast: (data: never) => data }];
    const firsts: Record<string, number> = {};
    for (const definition of [
      defineEvent({ ...newer, name: 'paused', schema }),
      defineEvent({ ...newer, name: 'started', schema, older }),
    ]) {
      const event = { definition, id: newId(), source: 'test', time: new Date(), data: job };
      ({ sequence } = await store.append(aggregate, event, sequence));
      firsts[`${definition.type}.v${definition.version}`] = sequence;
    }
    const other = await request();
    await becomes(other, 'PENDING');
    expect(await task(id)).toMatchObject({ status: 'PENDING' });
    const [row] = await scheduler.service
      .get<MikroORM>(MikroORM)
      .em.fork()
      .execute(`select built_from from projection_checkpoint where name = 'scheduler-background-jobs'`);
    expect(row?.built_from.skipped).toEqual(firsts);
  });

  it('that nobody asked for are not found', async () => {
    expect(await task(newId())).toBeUndefined();
  });

  describe('that are looked for', () => {
    const [ada, ben] = [newId(), newId()];
    const asAda: Principal = {
      ...{ who: { kind: 'user', user_id: ada }, roles: [], scopes: ['read'], authenticated_by: 'session' },
    };
    const admin: Principal = {
      ...{ who: { kind: 'user', user_id: ben }, roles: ['admin'], authenticated_by: 'session' },
      scopes: ['read', 'admin'],
    };
    const told = async (jobId: string, definition: { readonly type: string }, data: object) => {
      const aggregate = await jobAggregateOf(store, jobId);
      const { sequence } = (await store.last('JOBS', aggregate.filter)) ?? {};
      const job = { job_id: jobId, job_type: 'ingest-listening-data', user_id: ada, ...data };
      const event = { definition, id: newId(), source: 'test', time: new Date(), data: job };
      await store.append(aggregate, event as unknown as NewEvent, sequence);
    };
    const limit = 50;
    const jobs = async (filter: object) =>
      (await scheduler.ask(listJobs, { limit, ...filter }, admin)).items.map(({ task_id }) => task_id);
    let ids: Record<'parent' | 'child' | 'failed' | 'bens', string>;
    beforeAll(async () => {
      const asked = async (userId: string, causationId?: string) => {
        // Each at a time of its own.
        const now = Date.now();
        await eventually('another moment has come', () => Date.now() > now);
        const [jobId, payload] = [newId(), { user_id: userId, time_range: 'short_term' as const }];
        const by = { lane: 'bulk', source: 'test', ...(causationId && { causationId }) } as const;
        return requestDerivedJob(store, ingestListeningData, { jobId, payload, ...by }).then(() => jobId);
      };
      const parent = await asked(ada);
      ids = { parent, child: await asked(ada, parent), failed: await asked(ada), bens: await asked(ben) };
      await told(ids.parent, JobStarted, { attempt: 1, worker: 'one' });
      await told(ids.parent, JobSucceeded, { attempt: 1, result: { snapshot_id: ids.child } });
      await told(ids.failed, JobStarted, { attempt: 1, worker: 'one' });
      const problem = { code: 'RELINK_REQUIRED', message: 'zanzibar: it ended the authorization' };
      await told(ids.failed, JobFailed, { attempt: 1, problem });
      await becomes(ids.bens, 'PENDING');
      await becomes(ids.failed, 'FAILURE');
    });

    it.each([listTasks, listJobs, listDeadLetters, listJobTotals])(
      'no cursor of $subject breaks anything',
      async (question) => {
        const answers = await answersToForgedCursors(
          (...one) => scheduler.rpc.ask(...one),
          question as RpcDefinition,
        );
        expect(answers).toEqual(['BAD_CURSOR', 'read']);
      },
    );

    it('are a person’s own, page by page, newest first', async () => {
      const query = { user_id: ada, limit: 2 };
      const first = await scheduler.ask(listTasks, query, asAda);
      expect(first.items).toMatchObject([
        { task_id: ids.failed, status: 'FAILURE', error: { code: 'RELINK_REQUIRED' } },
        { task_id: ids.child, parent_task_id: ids.parent, queue: 'spotify', lane: 'bulk' },
      ]);
      const next = { ...query, cursor: first.next ?? '' };
      const second = await scheduler.ask(listTasks, next, asAda);
      expect(second).toMatchObject({
        items: [{ task_id: ids.parent, result: { snapshot_id: ids.child }, worker: 'one' }],
        next: null,
      });
      expect(second.items[0]?.ended_at).toBe(second.items[0]?.updated_at);
      await expect(scheduler.ask(listTasks, { user_id: ben, limit }, asAda)).rejects.toMatchObject({
        code: 'USER_NOT_FOUND',
      });
      await expect(scheduler.ask(listTasks, { ...next, status: 'PENDING' }, asAda)).rejects.toMatchObject({
        code: 'BAD_CURSOR',
      });
    });

    it('are everybody’s for operators alone, by each filter, without results', async () => {
      await expect(scheduler.ask(listJobs, { limit }, asAda)).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const { items } = await scheduler.ask(listJobs, { limit, user_id: ada }, admin);
      expect(items).toHaveLength(3);
      for (const item of items) expect(item).not.toHaveProperty('result');
      expect(await jobs({ user_id: ben })).toEqual([ids.bens]);
      expect(await jobs({ user_id: ada, status: 'FAILURE' })).toEqual([ids.failed]);
      expect(await jobs({ user_id: ada, queue: 'spotify', lane: 'bulk' })).toHaveLength(3);
      expect(await jobs({ user_id: ada, queue: 'people' })).toEqual([]);
      expect(await jobs({ user_id: ada, lane: 'interactive' })).toEqual([]);
      expect(await jobs({ user_id: ada, type: 'ingest-listening-data' })).toHaveLength(3);
      expect(await jobs({ user_id: ada, type: 'import-history' })).toEqual([]);
      expect(await jobs({ parent: ids.parent })).toEqual([ids.child]);
      const [, child] = items;
      const [from, until] = [child?.created_at ?? '', '2999-01-01T00:00:00Z'];
      expect(await jobs({ user_id: ada, from, until })).toEqual([ids.failed, ids.child]);
      expect(await jobs({ user_id: ada, until: from })).toEqual([ids.parent]);
    });

    it.each([
      ['the beginning of an id', () => ids.failed.slice(0, 34)],
      ['an id without its hyphens', () => ids.failed.replaceAll('-', '').toUpperCase()],
      ['a code', () => 'RELINK_REQUIRED zanzibar'],
      ['beginnings of words', () => 'zanzi auth'],
    ])('are found by %s', async (_what, text) => {
      expect(await jobs({ text: text() })).toEqual([ids.failed]);
    });

    it.each(["zanzibar' | 'x", 'zanzibar & !quagga', 'zanzibar:*x', 'no such words'])(
      'take nothing in %j for an operator',
      async (text) => {
        expect(await jobs({ text, user_id: ada })).toEqual([]);
      },
    );

    it('are counted by status', async () => {
      const none = { STARTED: 0, PROGRESS: 0, RETRY: 0, REVOKED: 0 };
      const counts = { ...none, PENDING: 1, SUCCESS: 1, FAILURE: 1 };
      expect(await scheduler.ask(countTasks, { user_id: ada }, asAda)).toEqual(counts);
      expect(await scheduler.ask(countJobs, { user_id: ada, text: 'zanzibar' }, admin)).toEqual({
        ...counts,
        PENDING: 0,
        SUCCESS: 0,
      });
    });

    it('have a timeline with attempts and children, whose owner sees it, and operators', async () => {
      const timeline = await scheduler.ask(getTaskTimeline, { task_id: ids.parent }, asAda);
      expect(timeline).toMatchObject({
        task: { task_id: ids.parent, status: 'SUCCESS', result: { snapshot_id: ids.child } },
        attempts: [{ nth: 1, worker: 'one', outcome: 'succeeded', next_at: null }],
        children: [{ task_id: ids.child, status: 'PENDING' }],
        more_children: false,
        retry_task_id: null,
      });
      const { task: shown } = await scheduler.ask(getJob, { task_id: ids.parent }, admin);
      expect(shown).toMatchObject({ user_id: ada, status: 'SUCCESS' });
      expect(shown).not.toHaveProperty('result');
      for (const task_id of [ids.bens, newId()]) {
        await expect(scheduler.ask(getTaskTimeline, { task_id }, asAda)).rejects.toMatchObject({
          code: 'TASK_NOT_FOUND',
        });
      }
    });

    it('have a timeline that is never behind the log', async () => {
      const release = await holdProjection(
        scheduler.service.get<MikroORM>(MikroORM),
        consumers.backgroundJobs,
      );
      try {
        await told(ids.child, JobStarted, { attempt: 1, worker: 'two' });
        const { task: shown, attempts } = await scheduler.ask(getTaskTimeline, { task_id: ids.child }, asAda);
        expect([shown, attempts]).toMatchObject([{ status: 'STARTED' }, [{ worker: 'two' }]]);
      } finally {
        await release();
      }
    });
  });

  it('fail when the server gives up on delivering them', async () => {
    // A worker that takes a job and dies, until the deliveries run out.
    const { name, stream, filters } = consumers['ingestion-spotify-interactive'];
    await store.manager.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(200),
      max_deliver: 2,
      filter_subjects: [...filters],
    });
    const worker = await jetstream(scheduler.nats).consumers.get(stream, name);
    const id = await request();
    const failed = await eventually('the job fails', async () => {
      await worker.next({ expires: 1_000 });
      const now = await task(id);
      return now?.status === 'FAILURE' && now;
    });
    expect(failed.error).toMatchObject({ code: 'DELIVERIES_EXHAUSTED' });
  });
});
