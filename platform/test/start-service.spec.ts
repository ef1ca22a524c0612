import { hostname } from 'node:os';
import { MikroORM } from '@mikro-orm/postgresql';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import { consumers } from '@undertone/contracts/consumers';
import { type HealthReport, healthOf } from '@undertone/contracts/health';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { JobFailed, JobRetrying, JobStarted } from '@undertone/contracts/jobs/job';
import { jobAggregate } from '@undertone/contracts/subjects';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EventStore } from '../src/event-store/event-store.js';
import { newId } from '../src/ids/ids.js';
import { PermanentJobError, TransientJobError } from '../src/jobs/job-errors.js';
import { requestJob } from '../src/jobs/request-job.js';
import type { RunningService } from '../src/nest/start-service.js';
import { RpcClient } from '../src/rpc/rpc-client.js';
import { eventually } from '../src/test-kit/eventually.js';
import { holdProjection } from '../src/test-kit/hold-projection.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { OtlpReceiver } from '../src/test-kit/otlp-receiver.js';
import { connectAs } from '../src/test-kit/own-database.js';
import { Child } from './fixtures/child.js';
import { Ingest, jobs, startThrowAway } from './fixtures/throw-away-service.js';

describe('a service', () => {
  let infrastructure: TestInfrastructure;
  let service: RunningService;
  let store: EventStore;
  let rpc: RpcClient;
  beforeAll(async () => {
    infrastructure = await startInfrastructure(['ingestion']);
    await infrastructure.provisionStreams();
    service = await startThrowAway(infrastructure.environment('ingestion'));
    const nats = await infrastructure.connect();
    store = await EventStore.open(nats);
    rpc = new RpcClient(nats, servicePrincipal('gateway'));
  });
  afterEach(() => {
    jobs.before = async () => undefined;
  });
  afterAll(async () => {
    await service?.close();
    await infrastructure?.stop();
  });

  const request = (userId = newId()) =>
    requestJob(store, ingestListeningData, {
      payload: { user_id: userId, time_range: 'short_term' },
      lane: 'interactive',
      source: 'test',
    });
  const eventsOf = (jobId: string) => store.read(jobAggregate('spotify', 'interactive', jobId));
  const ended = (jobId: string) =>
    eventually(`job ${jobId} ended`, async () => {
      const types = (await eventsOf(jobId)).map(({ type }) => String(type.split('.').at(-1)));
      return ['succeeded', 'failed'].includes(types.at(-1) ?? '') && types;
    });

  it('answers how it is, over HTTP and over NATS', async () => {
    const live = await fetch(`${service.url}/livez`);
    expect([live.status, await live.json()]).toEqual([200, { status: 'up' }]);
    const ready = await fetch(`${service.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        status: 'up',
        dependencies: Object.fromEntries(
          ['nats', 'postgres', 'projections', 'queues'].map((name) => [name, { status: 'up' }]),
        ),
      },
    ]);
    const report = await rpc.ask(healthOf('ingestion'), {});
    expect(report.dependencies).toHaveProperty('redis', { status: 'up' });
  });

  it('works on jobs and projects events, through Nest', async () => {
    const userId = newId();
    const id = await request(userId);
    expect(await ended(id)).toEqual(['requested', 'started', 'succeeded']);
    // The job succeeded, so its result can be read.
    const rows = await service.get<MikroORM>(MikroORM).em.fork().find(Ingest, { userId });
    expect(rows).toMatchObject([{ tracks: 2 }]);
  });

  it('is named in events by what it is, never by the machine it runs on', async () => {
    const id = await request();
    await ended(id);
    const [, ...written] = await eventsOf(id);
    expect(written.map(({ source }) => source)).toEqual(['/undertone/ingestion', '/undertone/ingestion']);
    const worker = written[0] && JobStarted.read(written[0])?.worker;
    expect(worker).toMatch(/^ingestion-[0-9a-f]{8}$/);
    expect(JSON.stringify(written)).not.toContain(hostname());
  });

  it('lets the very error of a handler reach the runner', async () => {
    jobs.before = async ({ attempt }) => {
      if (attempt === 1) throw new TransientJobError('BUSY', 'come back later', 20);
      throw new PermanentJobError('GONE', 'it is gone for good');
    };
    const id = await request();
    expect(await ended(id)).toEqual(['requested', 'started', 'retrying', 'started', 'failed']);
    const events = await eventsOf(id);
    expect(events[2] && JobRetrying.read(events[2])).toMatchObject({
      delay_ms: 20,
      problem: { code: 'BUSY', message: 'come back later' },
    });
    expect(events[4] && JobFailed.read(events[4])?.problem).toEqual({
      code: 'GONE',
      message: 'it is gone for good',
    });
  });

  it('is not ready while a projection fails, and says which and why', async () => {
    const orm = service.get<MikroORM>(MikroORM);
    await orm.em.fork().execute('alter table ingest rename to elsewhere');
    const id = await request();
    const report = await eventually('it is not ready', async () => {
      const answer = await fetch(`${service.url}/readyz`);
      return answer.status === 503 && ((await answer.json()) as HealthReport);
    });
    expect(report.dependencies.projections?.status).toBe('down');
    expect(report.dependencies.projections?.detail).toMatch(
      new RegExp(`^${consumers.plays.name}: .*"?ingest"?`),
    );
    await orm.em.fork().execute('alter table elsewhere rename to ingest');
    expect(await ended(id)).toEqual(['requested', 'started', 'succeeded']);
    await eventually('it is ready', async () => (await fetch(`${service.url}/readyz`)).status === 200);
  });

  it('is ready once its projections are where the log was when it started', async () => {
    await ended(await request());
    await service.close();
    const orm = await connectAs(infrastructure, 'ingestion');
    // As a migration leaves it that empties a table.
    await orm.em.fork().execute('truncate ingest, projection_checkpoint');
    const letGo = await holdProjection(orm, consumers.plays);
    service = await startThrowAway(infrastructure.environment('ingestion'));
    const ready = await fetch(`${service.url}/readyz`);
    const { dependencies } = (await ready.json()) as HealthReport;
    expect([ready.status, dependencies.projections?.status]).toEqual([503, 'down']);
    expect(dependencies.projections?.detail).toMatch(/^ingestion-plays: catches up, at 0 of \d+$/);
    expect((await fetch(`${service.url}/livez`)).status).toBe(200);
    await letGo();
    await eventually('it is ready', async () => (await fetch(`${service.url}/readyz`)).status === 200);
    expect(await orm.em.fork().execute('select id from ingest')).not.toEqual([]);
    await orm.close();
  });

  it('refuses to start with wrong settings', async () => {
    const environment = { ...infrastructure.environment('ingestion'), PORT: 'many', REDIS_URL: '' };
    const start = async () => startThrowAway(environment);
    await expect(start()).rejects.toThrow(/PORT: [\s\S]*REDIS_URL: /);
  });

  describe('as a program', () => {
    // Jobs must go to the program.
    beforeAll(() => service.close());
    afterAll(async () => {
      service = await startThrowAway(infrastructure.environment('ingestion'));
    });

    const start = (main: 'run' | 'close' | 'fail-to-stop', more: Record<string, string> = {}) =>
      Child.start('throw-away-main.ts', {
        ...infrastructure.environment('ingestion'),
        SHUTDOWN_GRACE_SECONDS: '20',
        MAIN: main,
        ...more,
      });

    it.each(['SIGTERM', 'SIGINT'] as const)('ends on %s when the job in hand is done', async (signal) => {
      const child = start('run');
      try {
        await child.says('ready');
        const id = await request();
        await child.says('working');
        child.signal(signal);
        await child.says('stopping');
        child.tell('go on');
        expect(await child.ended()).toBe(0);
        expect(await ended(id)).toEqual(['requested', 'started', 'succeeded']);
      } finally {
        await child.kill();
      }
    });

    it('says so when its stop fails, and sends its last spans all the same', async () => {
      const receiver = await OtlpReceiver.start();
      const child = start('fail-to-stop', {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      });
      try {
        await child.says('ready');
        child.signal('SIGTERM');
        expect(await child.ended()).toBe(1);
        expect(receiver.spans.map(({ name }) => name)).toEqual(['the last span']);
      } finally {
        await child.kill();
        await receiver.stop();
      }
    });

    it('leaves nothing open that would keep a process alive', async () => {
      const child = start('close');
      try {
        await child.says('ready');
        child.tell('close');
        await child.says('closed');
        expect(await child.ended()).toBe(0);
      } finally {
        await child.kill();
      }
    });
  });
});
