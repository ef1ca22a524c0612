import type { Principal } from '@undertone/contracts/access/principal';
import type { EventDefinition } from '@undertone/contracts/event';
import { nobody } from '@undertone/contracts/id';
import { erasePersonJob } from '@undertone/contracts/jobs/erase-person';
import { ingestAllUsers } from '@undertone/contracts/jobs/for-everyone';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import {
  type JobDefinition,
  JobFailed,
  JobRequested,
  JobRetrying,
  JobRevoked,
  JobStarted,
  JobSucceeded,
} from '@undertone/contracts/jobs/job';
import { takeBackImport } from '@undertone/contracts/jobs/renew-plays';
import { cancelJob, cancelTask, getTask, retryJob, retryTask } from '@undertone/contracts/jobs/task';
import { type Aggregate, jobAggregate, jobWaitSubjects } from '@undertone/contracts/subjects';
import { ConcurrencyConflict, type EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { deliverAt } from '@undertone/platform/jobs/deliver-at';
import { requestDerivedJob, requestJob } from '@undertone/platform/jobs/request-job';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScheduler } from '../src/start-scheduler.js';

const problem = { code: 'PROVIDER_UNAVAILABLE', message: 'no answer' };
const result = { snapshot_id: newId() };

let scheduler: ServiceUnderTest<RunningService>;
let store: EventStore;
beforeAll(async () => {
  scheduler = await ServiceUnderTest.prepare({ schema: 'scheduler', start: startScheduler });
  await Promise.all([scheduler.start(), scheduler.start()]);
  store = scheduler.store;
});
afterAll(() => scheduler.stop());

const person = (user_id: string): Principal => ({
  who: { kind: 'user', user_id },
  roles: [],
  scopes: ['read', 'write'],
  authenticated_by: 'session',
});
const admin: Principal = { ...person(newId()), roles: ['admin'], scopes: ['read', 'write', 'admin'] };

/** A job as it was asked for, and a worker's pen. */
class Asked {
  readonly aggregate: Aggregate;
  sequence = 0;

  constructor(
    readonly id: string,
    readonly definition: JobDefinition,
    readonly userId: string,
  ) {
    const { queue } = definition;
    this.aggregate = jobAggregate(
      queue,
      queue === 'people' || queue === 'spotify' ? 'interactive' : 'bulk',
      id,
    );
  }

  async append(event: EventDefinition, fact: object): Promise<void> {
    const data = { job_id: this.id, job_type: this.definition.type, user_id: this.userId, ...fact };
    const told = { definition: event, id: newId(), source: 'test', time: new Date(), data };
    ({ sequence: this.sequence } = await store.append(this.aggregate, told, this.sequence));
  }
  started = () => this.append(JobStarted, { attempt: 1, worker: 'test' });
  succeeded = () => this.append(JobSucceeded, { attempt: 1, result });
  failed = () => this.append(JobFailed, { attempt: 1, problem });

  async story(): Promise<string[]> {
    return (await store.read(this.aggregate)).map(({ type }) => type.split('.').at(-1) ?? '');
  }
}

async function request(
  definition: JobDefinition = ingestListeningData,
  payload: object = { time_range: 'short_term' },
  userId = newId(),
): Promise<Asked> {
  const lane = definition.queue === 'scheduled' ? 'bulk' : 'interactive';
  const asked = { payload: { user_id: userId, ...payload }, lane, source: 'test' } as const;
  const id = await requestJob(store, definition as JobDefinition<{ user_id: string }>, asked);
  const job = new Asked(id, definition, userId);
  job.sequence = (await store.last('JOBS', job.aggregate.filter))?.sequence ?? 0;
  return job;
}

const cancel = ({ id, userId }: Asked) => scheduler.ask(cancelTask, { task_id: id }, person(userId));
const retry = ({ id, userId }: Asked) => scheduler.ask(retryTask, { task_id: id }, person(userId));
const task = async (id: string) => (await scheduler.rpc.ask(getTask, { task_id: id })).found?.task;

describe('a job that is cancelled', () => {
  it('is so at once, and once, whoever says it how often', async () => {
    const job = await request();
    const said = await Promise.all(Array.from({ length: 6 }, () => cancel(job)));
    for (const one of said) expect(one).toMatchObject({ task_id: job.id, status: 'REVOKED', attempt: 0 });
    expect(await cancel(job)).toEqual(said[0]);
    expect(await job.story()).toEqual(['requested', 'revoked']);
    await eventually('the read model has it', async () => (await task(job.id))?.status === 'REVOKED');
  });

  it('is nobody’s to start any more, and nobody’s to end', async () => {
    const [queued, running] = [await request(), await request()];
    await running.started();
    await Promise.all([cancel(queued), cancel(running)]);
    await expect(queued.started()).rejects.toBeInstanceOf(ConcurrencyConflict);
    await expect(running.succeeded()).rejects.toBeInstanceOf(ConcurrencyConflict);
    expect(await running.story()).toEqual(['requested', 'started', 'revoked']);
  });

  it('ended either way, and never both, where its worker ends it at that moment', async () => {
    const ends = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const job = await request();
        await job.started();
        const [said, done] = await Promise.allSettled([cancel(job), job.succeeded()]);
        const story = await job.story();
        expect(story).toHaveLength(3);
        const end = story[2];
        expect(said).toMatchObject(
          end === 'revoked' ? { value: { status: 'REVOKED' } } : { reason: { code: 'TASK_ENDED' } },
        );
        expect(done.status).toBe(end === 'succeeded' ? 'fulfilled' : 'rejected');
        return end;
      }),
    );
    expect(new Set(ends).size).toBeGreaterThan(0);
  });

  it('is delivered to its worker when it waited for another try, and not when that would have been', async () => {
    const job = await request();
    await job.started();
    const later = new Date(Date.now() + 3_600_000);
    await job.append(JobRetrying, {
      attempt: 1,
      problem,
      delay_ms: 3_600_000,
      resume_at: later.toISOString(),
    });
    const place = { queue: 'spotify', lane: 'interactive', jobId: job.id } as const;
    await deliverAt(store, { ...place, sequence: job.sequence }, later, 'test');
    expect(await cancel(job)).toMatchObject({ status: 'REVOKED' });
    const { due } = jobWaitSubjects('spotify', 'interactive', job.id);
    await eventually('it is due', () => store.manager.streams.getMessage('JOBS', { last_by_subj: due }));
  });

  it('is a person’s own, or an operator’s to name', async () => {
    const job = await request();
    const other = scheduler.ask(cancelTask, { task_id: job.id }, person(newId()));
    await expect(other).rejects.toMatchObject({ code: 'TASK_NOT_FOUND', status: 404 });
    const asAdmin = scheduler.ask(cancelTask, { task_id: job.id }, admin);
    await expect(asAdmin).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    const asPerson = scheduler.ask(cancelJob, { task_id: job.id }, person(job.userId));
    await expect(asPerson).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await job.story()).toEqual(['requested']);
    expect(await scheduler.ask(cancelJob, { task_id: job.id }, admin)).toMatchObject({ status: 'REVOKED' });
    // Nor once it is decided.
    const again = scheduler.ask(cancelTask, { task_id: job.id }, person(newId()));
    await expect(again).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    const run = await request(ingestAllUsers, {}, nobody);
    expect(await scheduler.ask(cancelTask, { task_id: run.id }, admin)).toMatchObject({ status: 'REVOKED' });
  });

  it('takes along what it had asked for, and asks for afterwards, where it is a run for everyone', async () => {
    const run = await request(ingestAllUsers, {}, nobody);
    const child = async () => {
      const [jobId, user_id] = [newId(), newId()];
      const payload = { user_id, time_range: 'short_term' as const };
      const asked = { jobId, payload, lane: 'bulk', source: 'test', causationId: run.id } as const;
      await requestDerivedJob(store, ingestListeningData, asked);
      return jobId;
    };
    const [before, other] = [await child(), await request()];
    await scheduler.ask(cancelJob, { task_id: run.id }, admin);
    const after = await child();
    for (const id of [before, after])
      await eventually(`${id} is cancelled`, async () => (await task(id))?.status === 'REVOKED');
    expect(await other.story()).toEqual(['requested']);
  });

  it('has not ended, and there is one', async () => {
    const job = await request();
    await job.started();
    await job.succeeded();
    await expect(cancel(job)).rejects.toMatchObject({ code: 'TASK_ENDED', status: 409 });
    const unknown = scheduler.ask(cancelTask, { task_id: newId() }, admin);
    await expect(unknown).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  it('erases nothing, and has not begun where its beginning obliges', async () => {
    const refused = { code: 'TASK_NOT_CANCELLABLE', status: 409 };
    await expect(cancel(await request(erasePersonJob, {}))).rejects.toMatchObject(refused);
    const [queued, begun] = [
      await request(takeBackImport, { import_id: newId() }),
      await request(takeBackImport, { import_id: newId() }),
    ];
    await begun.started();
    expect(await cancel(queued)).toMatchObject({ status: 'REVOKED' });
    await expect(cancel(begun)).rejects.toMatchObject(refused);
  });

  it('is known when the log has forgotten it', async () => {
    const job = await request();
    await job.started();
    await job.failed();
    await eventually('it is kept', async () => (await task(job.id))?.status === 'FAILURE');
    await store.manager.streams.purge('JOBS', { filter: job.aggregate.filter });
    await expect(cancel(job)).rejects.toMatchObject({ code: 'TASK_ENDED', message: /FAILURE/ });
    await expect(retry(job)).rejects.toMatchObject({ code: 'TASK_NOT_RETRYABLE', status: 409 });
    const other = scheduler.ask(retryTask, { task_id: job.id }, person(newId()));
    await expect(other).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });
});

describe('the work of a job that failed or was cancelled', () => {
  const requestOf = async (id: string) => {
    const event = await store.last('JOBS', `jobs.*.*.${id}.requested`);
    return { cause: event?.causationId, data: event && JobRequested.read(event) };
  };

  it('is asked for again by one other job, which names it', async () => {
    const job = await request();
    await job.started();
    await job.failed();
    const failed = await eventually('it failed', async () => {
      const now = await task(job.id);
      return now?.status === 'FAILURE' && now;
    });
    const said = await Promise.all(Array.from({ length: 4 }, () => retry(job)));
    expect(new Set(said.map(({ task_id }) => task_id)).size).toBe(1);
    const [{ task_id, retry_of }] = said as [(typeof said)[0]];
    expect(retry_of).toBe(job.id);
    expect(await requestOf(task_id)).toMatchObject({
      cause: job.id,
      data: { retry_of: job.id, payload: { time_range: 'short_term' }, user_id: job.userId },
    });
    await eventually('its row names it', async () => (await task(task_id))?.retry_of === job.id);
    expect(failed.error).toEqual(problem);
    expect(await task(job.id)).toEqual(failed);
    expect(await job.story()).toEqual(['requested', 'started', 'failed', 'requested-again']);
  });

  it('is so after it was cancelled, and stays cancelled', async () => {
    const job = await request();
    await cancel(job);
    const { task_id } = await scheduler.ask(retryJob, { task_id: job.id }, admin);
    await eventually('the retry is known', async () => (await task(task_id))?.status === 'PENDING');
    expect(await cancel(job)).toMatchObject({ status: 'REVOKED' });
    await eventually('it is known to be cancelled', async () => (await task(job.id))?.status === 'REVOKED');
    expect(await retry(job)).toEqual({ task_id, retry_of: job.id });
    const other = scheduler.ask(retryTask, { task_id: job.id }, person(newId()));
    await expect(other).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    const again = new Asked(task_id, ingestListeningData, job.userId);
    expect(await cancel(again)).toMatchObject({ status: 'REVOKED', retry_of: job.id });
    expect((await retry(again)).retry_of).toBe(task_id);
  });

  it('is not asked for again where it did not fail, or nothing could come of it', async () => {
    const running = await request();
    await expect(retry(running)).rejects.toMatchObject({ code: 'TASK_NOT_FAILED', status: 409 });
    const erasure = await request(erasePersonJob, {});
    await erasure.started();
    await erasure.failed();
    await expect(retry(erasure)).rejects.toMatchObject({ code: 'TASK_NOT_RETRYABLE' });
    await cancel(running);
    const other = scheduler.ask(retryTask, { task_id: running.id }, person(newId()));
    await expect(other).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    expect(await running.story()).toEqual(['requested', 'revoked']);
  });
});

it('says who cancelled it', async () => {
  const job = await request();
  await scheduler.ask(cancelJob, { task_id: job.id }, admin);
  const last = await store.last('JOBS', job.aggregate.filter);
  expect(last && JobRevoked.read(last)?.reason).toBe('cancelled by an operator');
});
