import { servicePrincipal } from '@undertone/contracts/access/principal';
import { JobFailed, JobRequested, JobRetrying } from '@undertone/contracts/jobs/job';
import { defineRpc } from '@undertone/contracts/rpc';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CacheUnavailable } from '../src/cache/read-cache.js';
import { EventStore, LogUnavailable, ReadModelAhead } from '../src/event-store/event-store.js';
import { newId } from '../src/ids/ids.js';
import { PostponedJobError, TransientJobError } from '../src/jobs/job-errors.js';
import { evolveTask } from '../src/jobs/task.js';
import { ObjectStorageUnavailable } from '../src/objects/object-storage.js';
import { Refused, RpcClient } from '../src/rpc/rpc-client.js';
import { eventually } from '../src/test-kit/eventually.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';
import { Counted } from './fixtures/counted.js';
import { aggregateOf, JobLane } from './fixtures/job-lane.js';
import { sampleJob } from './fixtures/sample-job.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const inMs = (ms: number) => new Date(Date.now() + ms);
const echo = async ({ payload }: { payload: { text: string } }) => ({ echo: payload.text });

describe('a job that has to wait its turn', () => {
  let lane: JobLane;
  beforeAll(async () => {
    lane = await JobLane.open();
  });
  afterAll(() => lane?.close());

  const deliveries = async (consumer: { stream: string; name: string }) =>
    (await lane.store.manager.consumers.info(consumer.stream, consumer.name)).delivered.consumer_seq;

  /** @param ms when a job was asked for. @returns its id. */
  async function askedAt(ms: number): Promise<string> {
    const id = newId();
    const data = { job_id: id, job_type: 'sample', user_id: newId(), queue: 'spotify', lane: 'interactive' };
    const payload = { user_id: data.user_id, text: 'old' };
    const event = {
      definition: JobRequested,
      id,
      time: new Date(ms),
      source: 'test',
      data: { ...data, payload },
    };
    await lane.store.append(aggregateOf(id), event, 0);
    return id;
  }

  it('is put back until then, says why and until when, and loses no try', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const resumeAt = inMs(1_200);
    const calls: { attempt: number; lane: string; at: number }[] = [];
    lane.work(consumer, async (context) => {
      calls.push({ attempt: context.attempt, lane: context.lane, at: Date.now() });
      if (calls.length === 1) throw new PostponedJobError('BUDGET_SPENT', 'no calls are left', resumeAt);
      return echo(context);
    });
    const waiting = await eventually('it waits', async () => {
      const event = (await lane.events(id))[2];
      return event && evolveTask(undefined, event)?.task;
    });
    expect(waiting).toMatchObject({
      status: 'RETRY',
      attempt: 0,
      error: {
        code: 'BUDGET_SPENT',
        message: `no calls are left; it goes on at ${resumeAt.toISOString()}`,
      },
    });
    expect(await lane.ended(consumer, id)).toEqual([
      'requested',
      'started 1',
      'retrying 1 BUDGET_SPENT',
      'started 1',
      'succeeded',
    ]);
    expect(calls.map(({ attempt, lane: of }) => [attempt, of])).toEqual([
      [1, 'interactive'],
      [1, 'interactive'],
    ]);
    expect(calls[1]?.at).toBeGreaterThanOrEqual(resumeAt.getTime());
  });

  it('may wait more often than it has tries, between tries that fail', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    let calls = 0;
    lane.work(consumer, async () => {
      calls += 1;
      if (calls % 3 === 0) throw new TransientJobError('BUSY', 'busy', 0);
      throw new PostponedJobError('BUDGET_SPENT', 'no calls are left', inMs(5));
    });
    const story = await lane.ended(consumer, id);
    expect(story.filter((one) => one === 'retrying 1 BUDGET_SPENT')).toHaveLength(2);
    expect(story.filter((one) => one === 'retrying 3 BUDGET_SPENT')).toHaveLength(2);
    expect(story.at(-1)).toBe('failed 3 BUSY');
    expect(calls).toBe(3 * sampleJob.maxAttempts);
  });

  it('waits for a service that is away, in growing steps, and loses no try', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const rpc = new RpcClient(await lane.infrastructure.connect(), servicePrincipal('gateway'));
    const question = {
      service: 'token',
      question: 'nobody',
      access: 'service',
      input: z.object({}),
      output: z.object({}),
    } as const;
    let calls = 0;
    lane.work(consumer, async (context) => {
      calls += 1;
      if (calls <= 2) await rpc.ask(defineRpc({ ...question, timeoutMs: 5_000 }), {});
      return echo(context);
    });
    expect(await lane.ended(consumer, id)).toEqual([
      'requested',
      'started 1',
      'retrying 1 SERVICE_UNAVAILABLE',
      'started 1',
      'retrying 1 SERVICE_UNAVAILABLE',
      'started 1',
      'succeeded',
    ]);
    const retrying = (await lane.events(id)).flatMap((event) => JobRetrying.read(event) ?? []);
    expect(retrying[0]).toMatchObject({
      problem: { message: expect.stringMatching(/^the token service does not answer; it goes on at 2/) },
    });
    for (const { delay_ms } of retrying) expect(delay_ms).toBeGreaterThan(900);
  });

  it.concurrent.each([
    ['a service whose database is away', new Refused('SERVICE_UNAVAILABLE', 'its database is away')],
    [
      'the database of its own service',
      Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' }),
    ],
    ['a query that is given up', Object.assign(new Error('canceling statement'), { code: '57014' })],
    ['an answer of Postgres that never comes', new Error('Query read timeout')],
    ['object storage that does not answer', new ObjectStorageUnavailable(new Error('timeout'))],
    ['a read model that is behind', new TransientJobError('READ_MODEL_BEHIND', 'it has not caught up yet')],
    ['a read model that is to be rebuilt', new ReadModelAhead('plays', 'LISTENING ends at 3')],
    ['a log that does not confirm', new LogUnavailable(new Error('timeout'))],
    ['a service that waits for the log', new Refused('LOG_UNAVAILABLE', 'it did not answer in time')],
    ['a cache that has to confirm', new CacheUnavailable(new Error('timeout'))],
  ])('waits for %s as well', async (_what, error) => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    let calls = 0;
    lane.work(consumer, async (context) => {
      calls += 1;
      if (calls <= sampleJob.maxAttempts) throw error;
      return echo(context);
    });
    const story = await lane.ended(consumer, id);
    expect(story.filter((one) => one.startsWith('retrying 1 '))).toHaveLength(sampleJob.maxAttempts);
    expect(story.at(-1)).toBe('succeeded');
    expect(new Set(story.filter((one) => one.startsWith('started')))).toEqual(new Set(['started 1']));
  });

  it('waits for a log that does not take what it writes', async () => {
    const proxy = await TcpProxy.to(lane.infrastructure.nats.url);
    const own = await lane.infrastructure.connect({ servers: proxy.url, reconnectTimeWait: 50 });
    const store = await EventStore.open(own, { tryMs: 100, totalMs: 200 });
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    let calls = 0;
    lane.work(consumer, async (context) => {
      calls += 1;
      if (calls === 1) await proxy.close();
      if (calls > sampleJob.maxAttempts) await proxy.open();
      const event = {
        definition: Counted,
        id: context.jobId,
        time: new Date(),
        source: 'test',
        data: { value: 1 },
      };
      await store.append(listeningAggregate(context.userId), event, 0);
      return echo(context);
    });
    const story = await lane.ended(consumer, id);
    expect(story.filter((one) => one === 'retrying 1 LOG_UNAVAILABLE').length).toBeGreaterThanOrEqual(
      sampleJob.maxAttempts,
    );
    expect(story.at(-1)).toBe('succeeded');
    await own.close();
    await proxy.close();
  });

  it('waits for a service that hangs, for a day', async () => {
    const nats = await lane.infrastructure.connect();
    const hanging = nats.subscribe('rpc.token.frozen');
    const rpc = new RpcClient(nats, servicePrincipal('gateway'));
    const frozen = defineRpc({
      service: 'token',
      question: 'frozen',
      access: 'service',
      input: z.object({}),
      output: z.object({}),
      timeoutMs: 50,
    });
    const handle = async (context: { payload: { text: string } }) => {
      await rpc.ask(frozen, {});
      return echo(context);
    };
    const [young, old] = [await lane.ask(), await askedAt(Date.now() - 1.1 * DAY_MS)];
    lane.work(await lane.consumer([young]), handle);
    const consumer = await lane.consumer([old]);
    lane.work(consumer, handle);
    const failed = `failed ${sampleJob.maxAttempts} SERVICE_UNAVAILABLE`;
    expect((await lane.ended(consumer, old)).at(-1)).toBe(failed);
    await eventually('the young one waited as often', async () => {
      const story = await lane.story(young);
      return story.filter((one) => one === 'retrying 1 SERVICE_UNAVAILABLE').length > 1;
    });
    hanging.unsubscribe();
  });

  it('that is delivered before its time is put back without a word', async () => {
    const id = await lane.ask();
    const first = await lane.consumer([id]);
    const resumeAt = inMs(2_500);
    const runner = lane.work(first, async () => {
      throw new PostponedJobError('BUDGET_SPENT', 'no calls are left', resumeAt);
    });
    await eventually('it waits', async () => (await lane.story(id)).at(-1) === 'retrying 1 BUDGET_SPENT');
    await runner.stop(0);
    // A consumer that knows nothing of the wait, as a server has it that lost its state.
    const second = await lane.consumer([id]);
    let startedAt = 0;
    lane.work(second, async (context) => {
      startedAt = Date.now();
      return echo(context);
    });
    await eventually('it is delivered', async () => (await deliveries(second)) >= 1);
    expect(await lane.story(id)).toHaveLength(3);
    expect((await lane.ended(second, id)).slice(2)).toEqual([
      'retrying 1 BUDGET_SPENT',
      'started 1',
      'succeeded',
    ]);
    expect(startedAt).toBeGreaterThanOrEqual(resumeAt.getTime());
  });

  it('can be cancelled while it waits', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    let calls = 0;
    lane.work(consumer, async () => {
      calls += 1;
      throw new PostponedJobError('BUDGET_SPENT', 'no calls are left', inMs(800));
    });
    await eventually('it waits', async () => (await lane.story(id)).at(-1) === 'retrying 1 BUDGET_SPENT');
    await lane.revoke(id);
    expect((await lane.ended(consumer, id)).at(-1)).toBe('revoked');
    expect(calls).toBe(1);
  });

  it('fails before its stream forgets it', async () => {
    const id = await askedAt(Date.now() - 13 * DAY_MS);
    const consumer = await lane.consumer([id]);
    lane.work(consumer, async () => {
      throw new PostponedJobError('QUOTA', 'the quota is spent', inMs(2 * DAY_MS));
    });
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'failed 1 WAITED_TOO_LONG']);
    const failed = (await lane.events(id)).at(-1);
    expect(failed && JobFailed.read(failed)?.problem.message).toContain('the quota is spent');
  });

  it('may be put back dozens of times', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    let calls = 0;
    lane.work(consumer, async (context) => {
      calls += 1;
      if (calls <= 30) throw new PostponedJobError('BUDGET_SPENT', 'no calls are left', inMs(1));
      return echo(context);
    });
    const story = await lane.ended(consumer, id);
    expect(story.at(-1)).toBe('succeeded');
    expect(story.filter((one) => one === 'started 1')).toHaveLength(31);
  });
});
