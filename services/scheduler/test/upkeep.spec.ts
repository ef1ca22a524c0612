import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nobody } from '@undertone/contracts/id';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { JobFailed, JobSucceeded } from '@undertone/contracts/jobs/job';
import { getTask, type Task } from '@undertone/contracts/jobs/task';
import { monitorFailedJobs } from '@undertone/contracts/jobs/upkeep';
import { jobAggregate, jobFailuresAggregate } from '@undertone/contracts/subjects';
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
  const off = ['INGEST', 'SUMMARY', 'DAILY_INSIGHT', 'REFRESH', 'MONITOR'].map((name) => [
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
