import { randomBytes } from 'node:crypto';
import { nobody } from '@undertone/contracts/id';
import { ingestAllUsers } from '@undertone/contracts/jobs/for-everyone';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { JobProgressed, JobSucceeded } from '@undertone/contracts/jobs/job';
import { timeRange } from '@undertone/contracts/listening/snapshot';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { requestDerivedJob, requestJob } from '@undertone/platform/jobs/request-job';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltService, startBuiltService } from './built-service.js';
import { printed } from './figures.js';

const PEOPLE = sizeOf('BENCH_PEOPLE', { usual: 100_000 });
const REQUESTS = PEOPLE * timeRange.options.length;
/** As a run has it: appends that wait for their confirmation at once. */
const AT_ONCE = 64;
const SPREAD_MINUTES = 0.5;
const LONGEST_MS = 1_800_000;
const PAGE = 5_000;
const ALL = 'jobs.spotify.bulk.*.requested';

let infrastructure: TestInfrastructure;
let database: pg.Client;
let store: EventStore;
let identity: BuiltService;
let token: BuiltService;
let scheduler: BuiltService;

beforeAll(async () => {
  infrastructure = await startInfrastructure(['identity', 'token', 'scheduler']);
  await infrastructure.provisionStreams();
  store = await EventStore.open(await infrastructure.connect({ noAsyncTraces: true }));
  const start = (service: string) =>
    startBuiltService(service, {
      ...infrastructure.environment(service),
      FIELD_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      // Nobody is asked.
      SPOTIFY_MODE: 'simulator',
      SPOTIFY_ACCOUNTS_URL: 'http://127.0.0.1:9',
    });
  identity = await start('identity');
  token = await start('token');
  scheduler = await startScheduler(0);
  database = new pg.Client({ connectionString: infrastructure.adminUrl });
  await database.connect();
  await fill();
}, LONGEST_MS);
afterAll(async () => {
  await database?.end();
  for (const service of [scheduler, token, identity]) await service?.stop();
  await infrastructure?.stop();
});

const startScheduler = (minutes: number): Promise<BuiltService> =>
  startBuiltService('scheduler', {
    ...infrastructure.environment('scheduler'),
    RUN_SPREAD_MINUTES: String(minutes),
    INGEST_SCHEDULE: 'off',
    SUMMARY_SCHEDULE: 'off',
    REFRESH_SCHEDULE: 'off',
    MONITOR_SCHEDULE: 'off',
    CLEANUP_SCHEDULE: 'off',
  });

/** People who are registered, and linked to an account. */
async function fill(): Promise<void> {
  await database.query(
    `insert into identity.registered_user (id, display_name, created_at, updated_at, registered_sequence)
     select gen_random_uuid(), 'invented', now(), now(), 1 from generate_series(1, $1::int)`,
    [PEOPLE],
  );
  await database.query(
    `insert into token.vault_entry (user_id, provider, access_token, refresh_token, expires_at, stored_at, stored_until, store_id,
       announced, log_sequence)
     select id, 'spotify', 'invented', 'invented', now() + interval '1 h', now(), now() + interval '1 h', id, true, 1
       from identity.registered_user`,
  );
  await database.query('vacuum analyze identity.registered_user, token.vault_entry');
}

/** Waits until the read model has so many requests, so that it has nothing more to do. */
async function caughtUp(requests: number): Promise<void> {
  await eventually(
    'the read model has all that was requested',
    async () => {
      const { rows } = await database.query(
        `select count(*)::int as n from scheduler.background_job where job_type = $1`,
        [ingestListeningData.type],
      );
      return rows[0]?.n >= requests;
    },
    LONGEST_MS,
  );
}

/** The same requests for invented people, as fast as the client and the server can. @returns how long it took, in seconds. */
async function appendAlone(): Promise<number> {
  const causationId = newId();
  let next = 0;
  const began = performance.now();
  const append = async () => {
    while (next < REQUESTS) {
      next += 1;
      const user_id = derivedId(causationId, String(next));
      await requestDerivedJob(store, ingestListeningData, {
        jobId: user_id,
        payload: { user_id, time_range: 'short_term' },
        lane: 'bulk',
        source: 'bench',
        causationId,
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, append));
  return (performance.now() - began) / 1_000;
}

const ask = (): Promise<string> =>
  requestJob(store, ingestAllUsers, { payload: { user_id: nobody }, lane: 'bulk', source: 'bench' });

const done = (run: string): Promise<unknown> =>
  eventually(
    'the run is done',
    async () => {
      const last = await store.last('JOBS', anyJobFilter(run));
      return last && JobSucceeded.read(last);
    },
    LONGEST_MS,
  );

/** When each request of a run was made, in milliseconds, and of how many jobs. */
async function requestsOf(run: string): Promise<{ times: number[]; jobs: Set<string | undefined> }> {
  const times: number[] = [];
  const jobs = new Set<string | undefined>();
  for (let after = 0; ; ) {
    const page = await store.readSome('JOBS', ALL, after, PAGE);
    for (const { causationId, correlationId, time } of page) {
      if (causationId !== run) continue;
      times.push(Date.parse(time));
      jobs.add(correlationId);
    }
    const last = page.at(-1);
    if (!last) return { times, jobs };
    after = last.sequence;
  }
}

async function expectEachOnce(run: string): Promise<number[]> {
  const { times, jobs } = await requestsOf(run);
  expect([times.length, jobs.size]).toEqual([REQUESTS, REQUESTS]);
  return times;
}

/** The largest share of the requests in a tenth of the time. */
function largestTenth(times: readonly number[], from: number, ms: number): number {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const time of times) {
    const tenth = Math.min(9, Math.max(0, Math.floor((10 * (time - from)) / ms)));
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  return Math.max(...tenths) / times.length;
}

it(
  `an ingest of ${PEOPLE} people is asked for`,
  async () => {
    const alone = await appendAlone();
    await caughtUp(REQUESTS);

    const before = { scheduler: await scheduler.residentBytes(), identity: await identity.residentBytes() };
    let began = performance.now();
    const whole = await ask();
    await done(whole);
    const seconds = (performance.now() - began) / 1_000;
    const peak = await scheduler.peakBytes();
    const identityPeak = await identity.peakBytes();
    await expectEachOnce(whole);
    await caughtUp(2 * REQUESTS);

    const cut = await ask();
    await eventually(
      'half of it is asked for',
      async () => {
        const last = await store.last('JOBS', anyJobFilter(cut));
        if (last && JobSucceeded.read(last)) return true;
        return ((last && JobProgressed.read(last)?.progress.percent) ?? 0) >= 50;
      },
      LONGEST_MS,
    );
    await scheduler.kill();
    scheduler = await startScheduler(0);
    began = performance.now();
    await done(cut);
    const rest = (performance.now() - began) / 1_000;
    await expectEachOnce(cut);

    await scheduler.stop();
    scheduler = await startScheduler(SPREAD_MINUTES);
    const from = Date.now();
    const spread = await ask();
    await done(spread);
    const spreadMs = Date.now() - from;
    const times = await expectEachOnce(spread);

    printed(`a run for ${PEOPLE} people, ${REQUESTS} jobs`, [
      ['the same appends alone', alone, 's'],
      ['the run', seconds, 's'],
      ['the run to the appends alone', seconds / alone, ''],
      ['from a restart, after a kill at the half, to the whole run', rest / seconds, ''],
      ['the scheduler’s memory at its peak to that before', peak / before.scheduler, ''],
      ['the scheduler’s memory at its peak', peak / 2 ** 20, 'MB'],
      ['identity’s memory at its peak to that before', identityPeak / before.identity, ''],
      [`spread over ${SPREAD_MINUTES} min, it took`, spreadMs / 60_000, 'min'],
      ['the most that a tenth of that time had of the jobs', largestTenth(times, from, spreadMs), ''],
    ]);
  },
  LONGEST_MS,
);
