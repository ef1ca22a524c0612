import { MikroORM } from '@mikro-orm/postgresql';
import type { Principal } from '@undertone/contracts/access/principal';
import { ActionTaken } from '@undertone/contracts/audit/action-taken';
import type { EventDefinition } from '@undertone/contracts/event';
import { nobody } from '@undertone/contracts/id';
import { decisionsOnMany } from '@undertone/contracts/jobs/decide-many';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { type JobDefinition, JobFailed, JobStarted, JobSucceeded } from '@undertone/contracts/jobs/job';
import { cancelTask, getTask, retryJob, type Task } from '@undertone/contracts/jobs/task';
import { auditAggregate, jobAggregate } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { ServiceProcess } from '@undertone/platform/test-kit/service-process';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DecidedJob } from '../src/jobs/decided-job.entity.js';
import { startScheduler } from '../src/start-scheduler.js';

const { cancelJobs, retryJobs } = decisionsOnMany;
const problem = { code: 'PROVIDER_UNAVAILABLE', message: 'no answer' };
const MAIN = new URL('../src/main.ts', import.meta.url);
/** More than a page. */
const MANY = sizeOf('DECIDED_JOBS', { usual: 1_000, soak: 5_000 });
const ENDED = ['SUCCESS', 'FAILURE', 'REVOKED'];
const admin: Principal = {
  who: { kind: 'user', user_id: newId() },
  roles: ['admin'],
  scopes: ['read', 'write', 'admin'],
  authenticated_by: 'session',
};

let scheduler: ServiceUnderTest<RunningService>;
let store: EventStore;
beforeAll(async () => {
  scheduler = await ServiceUnderTest.prepare({ schema: 'scheduler', start: startScheduler });
  await Promise.all([scheduler.start(), scheduler.start()]);
  store = scheduler.store;
});
afterAll(() => scheduler?.stop());

type Definition = JobDefinition<{ user_id: string }>;

/** A job that nobody works on. */
function request(user_id: string, definition: unknown = ingestListeningData, more: object = {}) {
  const payload = { user_id, time_range: 'short_term', ...more };
  return requestJob(store, definition as Definition, { payload, lane: 'bulk', source: 'test' });
}

async function requestMany(count: number, user_id: string): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count)
    ids.push(...(await Promise.all(Array.from({ length: 50 }, () => request(user_id)))));
  return ids;
}

/**
 * Tells of a job what a worker would.
 * @param seen where the worker saw its last event; absent: it is looked up.
 * @returns where it is.
 */
async function tell(
  id: string,
  user_id: string,
  definition: EventDefinition,
  fact: object,
  of: unknown = ingestListeningData,
  seen?: number,
): Promise<number> {
  const { type, queue } = of as Definition;
  const aggregate = jobAggregate(queue, 'bulk', id);
  const last = seen ?? (await store.last('JOBS', aggregate.filter))?.sequence ?? 0;
  const data = { job_id: id, job_type: type, user_id, attempt: 1, ...fact };
  const event = { definition, id: newId(), source: 'test', time: new Date(), data };
  return (await store.append(aggregate, event, last)).sequence;
}
const fail = async (user_id: string, definition: unknown = ingestListeningData, more: object = {}) => {
  const id = await request(user_id, definition, more);
  await tell(id, user_id, JobFailed, { problem }, definition);
  return id;
};

interface Asking {
  readonly filter?: object;
  readonly dry_run?: boolean;
  readonly asked_by?: string;
}
const ask = (definition: unknown, { filter = {}, dry_run = false, ...by }: Asking = {}): Promise<string> => {
  const payload = { user_id: nobody, filter, dry_run, ...by };
  return requestJob(store, definition as Definition, { payload, lane: 'interactive', source: 'test' });
};
const task = async (id: string): Promise<Task | undefined> =>
  (await scheduler.rpc.ask(getTask, { task_id: id })).found?.task;
const ended = (id: string): Promise<Task> =>
  eventually(
    `${id} has ended`,
    async () => {
      const now = await task(id);
      return now && ENDED.includes(now.status) && now;
    },
    100_000,
  );
const outcome = async (definition: unknown, asking: Asking) => {
  const { status, result } = await ended(await ask(definition, asking));
  expect(status).toBe('SUCCESS');
  return result;
};
const known = (id: string) => eventually(`${id} is known`, () => task(id));
const story = async (id: string) =>
  (await store.read(jobAggregate('spotify', 'bulk', id))).map(({ type }) => type.split('.').at(-1));
const decided = (id: string) =>
  scheduler.service.get<MikroORM>(MikroORM).em.fork().count(DecidedJob, { decisionId: id });

describe('jobs that a filter finds', () => {
  it('are counted by type and status, and let be, in a dry run', async () => {
    const user_id = newId();
    const [queued, begun] = [await request(user_id), await request(user_id)];
    await tell(begun, user_id, JobStarted, { worker: 'test' });
    await fail(user_id);
    expect(await outcome(cancelJobs, { filter: { user_id }, dry_run: true })).toEqual({
      ...{ dry_run: true, matched: 2, done: 0, refused: {} },
      by_type: [
        { job_type: 'ingest-listening-data', status: 'PENDING', count: 1 },
        { job_type: 'ingest-listening-data', status: 'STARTED', count: 1 },
      ],
    });
    expect([await story(queued), await story(begun)]).toEqual([['requested'], ['requested', 'started']]);
    const narrow = { user_id, status: 'PENDING', type: 'ingest-listening-data', queue: 'spotify' };
    expect(await outcome(cancelJobs, { filter: narrow, dry_run: true })).toMatchObject({ matched: 1 });
    expect(await outcome(retryJobs, { filter: { user_id }, dry_run: true })).toMatchObject({ matched: 1 });
  });

  it('are cancelled, each once, by two that ask for it at once; it is said who asked, and what came of it', async () => {
    const user_id = newId();
    const ids = await requestMany(100, user_id);
    const other = await request(newId());
    const asked_by = newId();
    const both = await Promise.all([1, 2].map(() => ask(cancelJobs, { filter: { user_id }, asked_by })));
    const results = await Promise.all(both.map(async (id) => (await ended(id)).result));
    const done = results.map((result) => Number(result?.done));
    expect(Number(done[0]) + Number(done[1])).toBe(100);
    for (const id of ids) expect(await story(id)).toEqual(['requested', 'revoked']);
    expect(await story(other)).toEqual(['requested']);
    const audited = (await store.read(auditAggregate(asked_by))).map((event) => ActionTaken.read(event));
    expect(audited.map((one) => one?.targets.done).sort()).toEqual([...done].sort());
    expect(audited[0]).toMatchObject({ what: 'cancel-jobs', actor: asked_by, by: 'service' });
  });

  it('are those of the moment in which it was asked for', async () => {
    const user_id = newId();
    await scheduler.stopService();
    const [before, failed] = [await request(user_id), await fail(user_id)];
    const fails = await request(user_id);
    const [cancelled, retried] = [
      await ask(cancelJobs, { filter: { user_id, status: 'PENDING' } }),
      await ask(retryJobs, { filter: { user_id } }),
    ];
    const asked = Date.now();
    await eventually('another moment has come', () => Date.now() > asked + 2);
    const after = await request(user_id);
    await tell(fails, user_id, JobFailed, { problem });
    await Promise.all([scheduler.start(), scheduler.start()]);
    expect((await ended(cancelled)).result).toMatchObject({ matched: 1, done: 1 });
    expect((await ended(retried)).result).toMatchObject({ matched: 1, done: 1 });
    expect(await story(before)).toEqual(['requested', 'revoked']);
    expect(await story(failed)).toEqual(['requested', 'failed', 'requested-again']);
    expect(await story(fails)).toEqual(['requested', 'failed']);
    expect(await story(after)).toEqual(['requested']);
  });

  it('are never what decides about others, nor can that be asked for again', async () => {
    const [one, two] = await Promise.all([
      ask(cancelJobs, { filter: { queue: 'operations' } }),
      ask(cancelJobs, { filter: { queue: 'operations' } }),
    ]);
    for (const id of [one, two])
      expect(await ended(id)).toMatchObject({ status: 'SUCCESS', result: { matched: 0, done: 0 } });
    const again = scheduler.ask(retryJob, { task_id: one }, admin);
    await expect(again).rejects.toMatchObject({ code: 'TASK_NOT_FAILED' });
  });

  it('end either way, and never both, where their workers end them at that moment', async () => {
    const user_id = newId();
    const ids = await requestMany(50, user_id);
    const seen: number[] = [];
    for (const id of ids) seen.push(await tell(id, user_id, JobStarted, { worker: 'test' }));
    const asked = ask(cancelJobs, { filter: { user_id } });
    const result = { snapshot_id: newId(), reused: false, fetched_at: new Date().toISOString() };
    await eventually('it has begun', async () => (await task(await asked))?.status !== 'PENDING');
    await Promise.allSettled(
      ids.map((id, nth) => tell(id, user_id, JobSucceeded, { result }, ingestListeningData, seen[nth])),
    );
    const said = (await ended(await asked)).result as { matched: number; done: number; refused: object };
    const ends = await Promise.all(ids.map(async (id) => (await story(id)).slice(2)));
    expect(ends.every((end) => end.length === 1)).toBe(true);
    const revoked = ends.filter(([end]) => end === 'revoked').length;
    expect(said.done).toBe(revoked);
    const refused = Object.values(said.refused).reduce((sum: number, count: number) => sum + count, 0);
    expect(said.done + refused).toBe(said.matched);
  });

  it('are done again, but for those of which nothing would come, and once however often it is asked for', async () => {
    const user_id = newId();
    const failed = await Promise.all([fail(user_id), fail(user_id)]);
    const upload = { key: `uploads/${user_id}/a`, size: 1, sha256: 'a'.repeat(64) };
    await fail(user_id, importHistory, { upload, file_name: 'a.zip' });
    const insight = { snapshot_id: newId(), insight_type: 'wellness', tone_mode: 'neutral' };
    const ofReplay = await fail(user_id, generateInsight, { ...insight, replay: { id: newId(), round: 1 } });
    const asking = { filter: { user_id, status: 'FAILURE', text: 'provider_unav' } };
    expect(await outcome(retryJobs, asking)).toEqual({
      ...{ dry_run: false, matched: 4, done: 2 },
      refused: { TASK_NOT_RETRYABLE: 2 },
    });
    for (const id of failed) expect(await story(id)).toEqual(['requested', 'failed', 'requested-again']);
    expect(await outcome(retryJobs, asking)).toEqual({
      ...{ dry_run: false, matched: 2, done: 0 },
      refused: { TASK_NOT_RETRYABLE: 2 },
    });
    const one = scheduler.ask(retryJob, { task_id: ofReplay }, admin);
    await expect(one).rejects.toMatchObject({ code: 'TASK_NOT_RETRYABLE', message: /resume the replay/ });
  });

  it('stay as they are where it is cancelled, and it says how many were decided', async () => {
    const user_id = newId();
    const ids = await requestMany(MANY, user_id);
    const id = await ask(cancelJobs, { filter: { user_id } });
    await eventually('some are cancelled', async () => (await decided(id)) > 0);
    expect(await scheduler.ask(cancelTask, { task_id: id }, admin)).toMatchObject({ status: 'REVOKED' });
    const { result } = await eventually('it says how many', async () => {
      const now = await task(id);
      return now?.result ? now : false;
    });
    const done = await decided(id);
    expect(result).toEqual({ dry_run: false, done });
    expect(done).toBeLessThan(MANY);
    const ends: unknown[][] = [];
    for (const one of ids) ends.push(await story(one));
    expect(ends.filter((end) => end.includes('revoked'))).toHaveLength(done);
    // Said again, it is the same one.
    expect(await scheduler.ask(cancelTask, { task_id: id }, admin)).toMatchObject({
      status: 'REVOKED',
      result,
    });
  });

  it('are each decided once, and counted, though the worker is killed in the middle of thousands', async () => {
    const user_id = newId();
    const ids = await requestMany(MANY, user_id);
    await known(ids.at(-1) as string);
    await scheduler.stopService();
    const killed = await ServiceProcess.start(MAIN, scheduler.environment);
    const id = await ask(cancelJobs, { filter: { user_id } });
    // Nobody works on them: what is told of them is that they are cancelled.
    const told = async (): Promise<number[]> => {
      const filter = { subjects_filter: 'jobs.spotify.bulk.*.status' };
      const { subjects = {} } = (await store.manager.streams.info('JOBS', filter)).state;
      return ids.flatMap((one) => subjects[`jobs.spotify.bulk.${one}.status`] ?? []);
    };
    await eventually('some are cancelled', async () => (await told()).length > 100);
    await killed.kill();
    expect((await told()).length).toBeLessThan(MANY);
    await Promise.all([scheduler.start(), scheduler.start()]);
    expect((await ended(id)).result).toEqual({ dry_run: false, matched: MANY, done: MANY, refused: {} });
    expect(await told()).toEqual(ids.map(() => 1));
  }, 180_000);
});
