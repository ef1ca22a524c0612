import type { EventDefinition } from '@undertone/contracts/event';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import {
  JobDiscarded,
  JobFailed,
  JobProgressed,
  JobRequested,
  JobRequestedAgain,
  JobStarted,
  JobSucceeded,
} from '@undertone/contracts/jobs/job';
import type { QueueName } from '@undertone/contracts/jobs/queues';
import { jobAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SentEvent } from '../src/event-streams/serve-events.js';
import { followPerson } from '../src/tasks/follow-person.js';
import { RecentJobs } from '../src/tasks/recent-jobs.js';
import { type Followed, followed, type ReadEvent } from './followed.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
/** As workers write: what the operator publishes reaches no listener in another account. */
let ingestion: EventStore;
let insight: EventStore;
const ada = newId();
const bob = newId();
beforeAll(async () => {
  system = await startSystem();
  system.behind.users.set('ada', ada).set('bob', bob);
  const as = async (service: string) => EventStore.open(await system.infrastructure.connect({}, service));
  [ingestion, insight] = [await as('ingestion'), await as('insight')];
});
afterAll(() => system.stop());

const queues = {
  'ingest-listening-data': ['spotify', () => ingestion],
  'import-history': ['spotify', () => ingestion],
  'generate-insight': ['insights', () => insight],
} as const satisfies Record<string, readonly [QueueName, () => EventStore]>;

const problem = { code: 'BUSY', message: 'come back later' };

/** A person's job, as it is asked for and worked on. */
async function job(user_id: string, job_type: keyof typeof queues, payload: object = {}) {
  const job_id = newId();
  const [queue, log] = queues[job_type];
  const aggregate = jobAggregate(queue, 'interactive', job_id);
  let sequence = 0;
  const append = async (definition: EventDefinition, more: object) => {
    const data = { job_id, job_type, user_id, ...more };
    const event = { definition, id: newId(), data, source: 'test', time: new Date('2099-01-01T00:00:00Z') };
    ({ sequence } = await log().append(aggregate, event, sequence));
  };
  await append(JobRequested, { queue, lane: 'interactive', payload: { user_id, ...payload } });
  return {
    job_id,
    start: () => append(JobStarted, { attempt: 1, worker: 'test' }),
    progress: (percent: number) => append(JobProgressed, { attempt: 1, progress: { percent, message: '' } }),
    fail: () => append(JobFailed, { attempt: 1, problem }),
    requestAgain: () => append(JobRequestedAgain, { attempt: 1, problem, retry_id: newId() }),
    discard: () => append(JobDiscarded, { attempt: 1, problem }),
    succeed: (result: object) => append(JobSucceeded, { attempt: 1, result }),
  };
}

const events = (url: string, user_id: string, lastEventId?: string): Promise<Followed> =>
  followed(
    url,
    `/api/events?user_id=${user_id}`,
    lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  );

/** Of an event: its task's status, or what is new. */
function inShort({ event, data }: ReadEvent | SentEvent): string {
  const { task } = data as { task?: { status: string } };
  return task ? task.status : String(event);
}

async function read(stream: Followed, count: number): Promise<ReadEvent[]> {
  const all: ReadEvent[] = [];
  while (all.length < count) {
    const event = await stream.next();
    if (!event) throw new Error('the stream ended');
    all.push(event);
  }
  return all;
}

const result = (reused = false) => ({ snapshot_id: newId(), reused, fetched_at: '2026-11-30T10:00:00Z' });

describe('the events of a person', () => {
  it('are those of all their tasks, in order, and what is new; and nobody else’s', async () => {
    const stream = await events(system.url, ada);
    expect(await read(stream, 1)).toMatchObject([{ event: 'position', data: { kind: 'position' } }]);
    const ingest = await job(ada, 'ingest-listening-data');
    const others = await job(bob, 'ingest-listening-data');
    await ingest.start();
    await others.start();
    await ingest.progress(50);
    const made = result();
    await ingest.succeed(made);
    const again = await job(ada, 'ingest-listening-data');
    await again.succeed(result(true));
    const imported = await job(ada, 'import-history');
    const import_id = newId();
    await imported.succeed({ import_id, rows: 1, kept: 1, skipped: {}, snapshots_task_id: null });
    const insight_id = newId();
    await (await job(ada, generateInsight.type as 'generate-insight')).succeed({ insight_id, reused: false });
    const hidden = await job(ada, 'generate-insight', { replay: { id: newId(), round: 1 } });
    await hidden.succeed({ insight_id: newId(), reused: false });
    const all = await read(stream, 15);
    expect(all.map(inShort)).toEqual([
      ...['PENDING', 'STARTED', 'PROGRESS', 'snapshot', 'SUCCESS'],
      ...['PENDING', 'SUCCESS'],
      ...['PENDING', 'import', 'SUCCESS'],
      ...['PENDING', 'insight', 'SUCCESS'],
      ...['PENDING', 'SUCCESS'],
    ]);
    expect(all[3]?.data).toEqual({ kind: 'snapshot', task_id: ingest.job_id, snapshot_id: made.snapshot_id });
    expect(all[8]?.data).toMatchObject({ import_id });
    expect(all[11]?.data).toMatchObject({ insight_id });
    expect((await system.store.manager.streams.info('JOBS')).state.consumer_count).toBe(0);
    await stream.close();
  });

  it('are all there for who comes back at another replica, when the first has stopped', async () => {
    const [one, two] = [await system.start(), await system.start()];
    const before = await events(one.url, ada);
    await read(before, 1);
    const ingest = await job(ada, 'ingest-listening-data');
    await ingest.start();
    const last = (await read(before, 2)).at(-1);
    await one.close();
    await eventually('the stream ended', async () => (await before.next()) === undefined);
    await ingest.progress(10);
    const after = await events(two.url, ada, last?.id);
    await ingest.progress(20);
    await ingest.succeed(result());
    const seen = await read(after, 4);
    expect(seen.map(inShort)).toEqual(['PROGRESS', 'PROGRESS', 'snapshot', 'SUCCESS']);
    // Cut off between the two, somebody is told again.
    const again = await events(two.url, ada, seen[2]?.id);
    expect((await read(again, 2)).map(inShort)).toEqual(['snapshot', 'SUCCESS']);
    await Promise.all([after.close(), again.close()]);
  });

  it('tell the end of a task once, whatever is decided about it later', async () => {
    const stream = await events(system.url, ada);
    await read(stream, 1);
    const failed = await job(ada, 'ingest-listening-data');
    await failed.fail();
    const discarded = await job(ada, 'ingest-listening-data');
    await discarded.fail();
    await failed.requestAgain();
    await discarded.discard();
    await job(ada, 'ingest-listening-data');
    expect((await read(stream, 5)).map(inShort)).toEqual([
      'PENDING',
      'FAILURE',
      'PENDING',
      'FAILURE',
      'PENDING',
    ]);
    await stream.close();
  });

  it('go on when NATS was away', async () => {
    const stream = await events(system.url, ada);
    await read(stream, 1);
    const ingest = await job(ada, 'ingest-listening-data');
    await read(stream, 1);
    await system.infrastructure.nats.restart();
    await ingest.start();
    await ingest.succeed(result());
    expect((await read(stream, 3)).map(inShort)).toEqual(['STARTED', 'snapshot', 'SUCCESS']);
    await stream.close();
  });

  it('of a client that reads nothing hold no place when it is gone', async () => {
    const replica = await system.start({ OPEN_STREAMS_LIMIT: '1' });
    const start = (await system.store.last('JOBS', 'jobs.>'))?.sequence ?? 0;
    const filler = 'x'.repeat(500_000);
    for (let count = 0; count < 30; count += 1) {
      await (await job(ada, 'ingest-listening-data')).succeed({ ...result(), filler });
    }
    const slow = await events(replica.url, ada, String(start));
    expect(slow.status).toBe(200);
    await slow.close();
    await eventually('there is room again', async () => {
      const next = await events(replica.url, ada);
      await next.close();
      return next.status === 200;
    });
    await replica.close();
  });
});

describe('whoever saw little of the log', () => {
  const sizes = { remembered: 5, firstBack: 5, behind: 100 };

  async function seen(lastEventId: string | undefined, count: number, recentJobs: RecentJobs) {
    const over = new AbortController();
    const all: SentEvent[] = [];
    const following = followPerson({ store: ingestion, recentJobs }, bob, {
      lastEventId,
      signal: over.signal,
    });
    for await (const event of following) {
      if (event) all.push(event);
      if (all.length === count) break;
    }
    over.abort();
    return all;
  }
  const recent = async () =>
    new RecentJobs(await system.infrastructure.connect({}, 'gateway'), ingestion, silent, sizes);

  it('is told what is no longer remembered from the log, and what is too long ago is said', async () => {
    const start = (await system.store.last('JOBS', 'jobs.>'))?.sequence ?? 0;
    const jobs = [];
    for (let count = 0; count < 10; count += 1) {
      jobs.push(await job(bob, 'ingest-listening-data'));
      for (let others = 0; others < 3; others += 1) await job(ada, 'ingest-listening-data');
    }
    const found = await seen(String(start), 10, await recent());
    expect(found.map(({ data }) => (data as { task: { task_id: string } }).task.task_id)).toEqual(
      jobs.map(({ job_id }) => job_id),
    );
    const last = found.at(-1)?.id;
    for (let others = 0; others < 101; others += 1) await job(ada, 'ingest-listening-data');
    expect((await seen(last, 1, await recent())).map(inShort)).toEqual(['reset']);
    // Of another log, which was longer.
    expect((await seen('999999999', 1, await recent())).map(inShort)).toEqual(['reset']);
    for (const none of ['abc', '-1', '1.5', '9'.repeat(16)]) {
      expect((await seen(none, 1, await recent())).map(inShort), none).toEqual(['reset']);
    }
  });
});
