import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MikroORM } from '@mikro-orm/postgresql';
import { nobody } from '@undertone/contracts/id';
import { listJobTotals } from '@undertone/contracts/job-totals/job-totals';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { JobDiscarded, JobFailed, JobSucceeded } from '@undertone/contracts/jobs/job';
import { getTask, type Task } from '@undertone/contracts/jobs/task';
import { cleanupOldJobs, monitorFailedJobs } from '@undertone/contracts/jobs/upkeep';
import { listRebuilds, startRebuild } from '@undertone/contracts/rebuild';
import { jobAggregate, jobFailuresAggregate, jobTotalsAggregate } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScheduler } from '../src/start-scheduler.js';

const TYPE = 'ingest-listening-data';
const secret = randomBytes(32);
const problem = { code: 'PROVIDER_UNAVAILABLE', message: 'no answer' };

interface Told {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let scheduler: ServiceUnderTest<RunningService>;
let store: EventStore;
let webhook: Server;
const told: Told[] = [];
/** What the webhook answers next; 204 where nothing is said. */
const answers: number[] = [];
beforeAll(async () => {
  webhook = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    told.push({ headers: request.headers, body });
    response.writeHead(answers.shift() ?? 204).end();
  });
  await new Promise<void>((listening) => webhook.listen(0, '127.0.0.1', listening));
  const at = `127.0.0.1:${(webhook.address() as AddressInfo).port}`;
  const off = ['INGEST', 'SUMMARY', 'DAILY_INSIGHT', 'REFRESH', 'MONITOR', 'CLEANUP'].map((name) => [
    `${name}_SCHEDULE`,
    'off',
  ]);
  scheduler = await ServiceUnderTest.prepare({
    schema: 'scheduler',
    start: startScheduler,
    settings: {
      ...(Object.fromEntries(off) as Record<string, string>),
      JOB_FAILURE_LEAST_JOBS: '4',
      WEBHOOK_URL: `http://${at}/hook`,
      WEBHOOK_SECRET: `whsec_${secret.toString('base64')}`,
      OUTBOUND_ALLOWED: at,
    },
  });
  await scheduler.start();
  store = scheduler.store;
});
afterAll(async () => {
  await scheduler?.stop();
  webhook?.close();
});

const task = async (id: string): Promise<Task | undefined> =>
  (await scheduler.rpc.ask(getTask, { task_id: id })).found?.task;
const ended = (id: string): Promise<Task> =>
  eventually(`${id} has ended`, async () => {
    const now = await task(id);
    return (now?.status === 'SUCCESS' || now?.status === 'FAILURE') && now;
  });

/** Jobs that ended at a time, once they are counted. */
async function endedJobs(count: number, how: 'failed' | 'succeeded', time = new Date()): Promise<string[]> {
  const ids: string[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const user_id = newId();
    const payload = { user_id, time_range: 'short_term' as const };
    const id = await requestJob(store, ingestListeningData, { payload, lane: 'bulk', source: 'test' });
    const aggregate = jobAggregate('spotify', 'bulk', id);
    const last = (await store.last('JOBS', aggregate.filter))?.sequence ?? 0;
    const job = { job_id: id, job_type: TYPE, user_id, attempt: 1 };
    const envelope = { id: newId(), source: 'test', time };
    if (how === 'failed')
      await store.append(aggregate, { ...envelope, definition: JobFailed, data: { ...job, problem } }, last);
    else
      await store.append(
        aggregate,
        { ...envelope, definition: JobSucceeded, data: { ...job, result: {} } },
        last,
      );
    ids.push(id);
  }
  await Promise.all(ids.map(ended));
  return ids;
}

describe('failing jobs', () => {
  const monitor = async () => {
    const request = { payload: { user_id: nobody }, lane: 'bulk', source: 'test' } as const;
    return (await ended(await requestJob(store, monitorFailedJobs, request))).result;
  };
  const said = async () =>
    (await store.read(jobFailuresAggregate(TYPE))).map(({ type }) => type.split('.').at(-1));

  it('are told once, and to the webhook until it has taken it, with a signature', async () => {
    await endedJobs(3, 'failed');
    expect(await monitor()).toMatchObject({ rising: [], fallen: [] });
    await endedJobs(1, 'failed');
    answers.push(500);
    expect(await monitor()).toMatchObject({
      window_minutes: 60,
      types: expect.arrayContaining([{ job_type: TYPE, ended: 4, failed: 4, rate: 1 }]),
      rising: [TYPE],
    });
    expect(await monitor()).toMatchObject({ rising: [], fallen: [] });
    expect(await said()).toEqual(['job-failures-rising']);

    await eventually('the webhook is told again', () => told.length === 2);
    const [event] = await store.read(jobFailuresAggregate(TYPE));
    for (const { headers, body } of told) {
      const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature } = headers;
      expect(id).toBe(event?.id);
      expect(Math.abs(Number(seconds) - Date.now() / 1_000)).toBeLessThan(300);
      const right = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
      expect(signature).toBe(`v1,${right}`);
      expect(JSON.parse(body)).toEqual({
        type: 'job-failures-rising',
        timestamp: event?.time,
        data: event?.data,
      });
    }
  });

  it('that are few again are told, too', async () => {
    await endedJobs(16, 'succeeded');
    expect(await monitor()).toMatchObject({ rising: [], fallen: [TYPE] });
    expect(await said()).toEqual(['job-failures-rising', 'job-failures-fallen']);
    await eventually('the webhook is told', () => told.some(({ body }) => body.includes('fallen')));
  });

  it('tell nobody at an address that the settings do not allow', async () => {
    await scheduler.restart({ OUTBOUND_ALLOWED: '' });
    const before = told.length;
    await endedJobs(20, 'failed');
    expect(await monitor()).toMatchObject({ rising: [TYPE] });
    const refused = await eventually('the webhook’s job fails', async () => {
      const events = await store.readFiltered('JOBS', 'jobs.scheduled.bulk.*.status');
      return events.find(({ type }) => type.endsWith('.failed'));
    });
    expect(refused.data).toMatchObject({ job_type: 'send-webhook', problem: { code: 'ADDRESS_REFUSED' } });
    expect(told).toHaveLength(before);
  });
});

describe('jobs that ended long ago', () => {
  const DAY_MS = 86_400_000;
  const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
  const dayOf = (time: Date) => time.toISOString().slice(0, 10);
  const select = (sql: string): Promise<Record<string, unknown>[]> =>
    scheduler.service.get<MikroORM>(MikroORM).em.fork().execute(sql);
  const kept = async () => (await select('select id from background_job')).map(({ id }) => id as string);
  const cleanup = async () => {
    const request = { payload: { user_id: nobody }, lane: 'bulk', source: 'test' } as const;
    const { status, result } = await ended(await requestJob(store, cleanupOldJobs, request));
    expect(status).toBe('SUCCESS');
    return result;
  };
  const rebuilt = async (projection: string) => {
    await scheduler.rpc.ask(startRebuild('scheduler'), { projection, swap: 'always' });
    await eventually(`${projection} is built again`, async () => {
      const { rebuilds } = await scheduler.rpc.ask(listRebuilds('scheduler'), {});
      return rebuilds.find((one) => one.projection === projection)?.status === 'swapped';
    });
  };
  const old = daysAgo(40);
  const totals = [
    { day: dayOf(daysAgo(2)), job_type: TYPE, succeeded: 1, failed: 0, cancelled: 0, attempts: 1 },
    { day: dayOf(old), job_type: TYPE, succeeded: 2, failed: 1, cancelled: 0, attempts: 3 },
  ];
  const listed = async () => (await scheduler.rpc.ask(listJobTotals, { type: TYPE, limit: 50 })).items;
  let gone: string[];
  let recent: string[];

  it('are counted once, by day and type, and their details go', async () => {
    recent = await endedJobs(1, 'succeeded', daysAgo(2));
    gone = [...(await endedJobs(2, 'succeeded', old)), ...(await endedJobs(1, 'failed', old))];
    const [settled, open, late] = [gone[2], newId(), newId()];
    const letter = (id: string, job: string | undefined, at: Date) =>
      select(`insert into dead_letter (id, stream, consumer, stream_sequence, deliveries, happened_at, job_id)
        values ('${id}', 'JOBS', 'test', 1, 1000, '${at.toISOString()}', '${job}')`);
    await letter('settled', settled, old);
    await letter('open', open, old);
    await letter('late', late, daysAgo(2));
    await select(`insert into settled_job (job_id) values ('${settled}'), ('${late}')`);

    const [one, two] = await Promise.all([cleanup(), cleanup()]);
    expect(Number(one?.days) + Number(two?.days)).toBe(2);
    expect(Number(one?.jobs) + Number(two?.jobs)).toBe(3);
    expect(await cleanup()).toEqual({ days: 0, jobs: 0, dead_letters: 0, settled_jobs: 0 });

    expect(await listed()).toEqual(totals);
    const ids = await kept();
    expect(ids).toEqual(expect.arrayContaining(recent));
    expect(ids.filter((id) => gone.includes(id))).toEqual([]);
    expect((await select('select id from dead_letter order by id')).map(({ id }) => id)).toEqual([
      'late',
      'open',
    ]);
    expect(await select('select job_id from settled_job')).toEqual([{ job_id: late }]);
    const counted = await store.read(jobTotalsAggregate(dayOf(old)));
    expect(counted.map(({ data }) => Object.keys(data as object))).toEqual([['day', 'types']]);
  });

  it('stay counted when all is built again, and their details do not come back although the log has them', async () => {
    const before = (await kept()).sort();
    for (const id of gone) expect(await store.last('JOBS', `jobs.*.*.${id}.>`)).toBeDefined();
    const discarded = gone[2] ?? '';
    const aggregate = jobAggregate('spotify', 'bulk', discarded);
    const last = (await store.last('JOBS', aggregate.filter))?.sequence ?? 0;
    const data = { job_id: discarded, job_type: TYPE, user_id: newId(), attempt: 1, problem };
    const word = { definition: JobDiscarded, id: newId(), source: 'test', time: new Date(), data };
    await store.append(aggregate, word, last);
    await eventually('the word is read', async () => {
      const settled = await select(`select job_id from settled_job where job_id = '${discarded}'`);
      return settled.length === 1;
    });
    expect((await kept()).sort()).toEqual(before);
    await rebuilt('scheduler-job-totals');
    await rebuilt('scheduler-background-jobs');
    expect(await listed()).toEqual(totals);
    expect((await kept()).sort()).toEqual(before);
    expect(await cleanup()).toMatchObject({ days: 0, jobs: 0 });
  });

  it('are listed by days, a page at a time', async () => {
    const page = { from: dayOf(daysAgo(41)), until: dayOf(daysAgo(1)), limit: 1, type: TYPE };
    const first = await scheduler.rpc.ask(listJobTotals, page);
    expect(first.items).toEqual(totals.slice(0, 1));
    const second = await scheduler.rpc.ask(listJobTotals, { ...page, cursor: first.next ?? '' });
    expect(second).toEqual({ items: totals.slice(1), next: null });
    const none = await scheduler.rpc.ask(listJobTotals, { ...page, until: dayOf(daysAgo(41)) });
    expect(none.items).toEqual([]);
  });
});
