import { setTimeout as sleep } from 'node:timers/promises';
import { servicePrincipal } from '@undertone/contracts/access/principal';
import { countJobs, type Job, jobsQuery, listJobs, listTasks } from '@undertone/contracts/jobs/listed-task';
import { getTask } from '@undertone/contracts/jobs/task';
import { getJob } from '@undertone/contracts/jobs/timeline';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltService, startBuiltService } from './built-service.js';
import { median, printed } from './figures.js';

const JOBS = sizeOf('BENCH_JOBS', { usual: 1_000_000 });
const RUNS = 21;
const WARM_UP = 3;

let infrastructure: TestInfrastructure;
let database: pg.Client;
let scheduler: BuiltService;
let rpc: RpcClient;

beforeAll(async () => {
  infrastructure = await startInfrastructure(['scheduler']);
  await infrastructure.provisionStreams();
  scheduler = await startBuiltService('scheduler', infrastructure.environment('scheduler'));
  database = new pg.Client({ connectionString: infrastructure.databaseUrl('scheduler') });
  await database.connect();
  rpc = new RpcClient(await infrastructure.connect(), servicePrincipal('gateway'));
  await fill();
}, 900_000);
afterAll(async () => {
  await database.end();
  await scheduler.stop();
  await infrastructure.stop();
});

/**
 * Jobs of a year, as an installation has them: mostly those that schedules asked for, mostly done. One in forty failed, and one in a
 * thousand of those for a reason that no other has; few are under way, fewer were revoked, and one in a hundred thousand erases a person.
 */
async function fill(): Promise<void> {
  await database.query(`create function scheduler.id_of(name text) returns uuid language sql immutable return
    overlay(overlay(md5(name) placing '4' from 13 for 1) placing 'a' from 17 for 1)::uuid`);
  await database.query(
    `insert into scheduler.background_job (id, user_id, job_type, status, result, error, progress, attempt, created_at, updated_at,
       sequence, queue, lane, cause_id, trace_id, worker, started_at, ended_at, attempts, details_sequence)
     select id, person, type, status,
       case when status = 'SUCCESS' then jsonb_build_object('snapshot_id', id, 'reused', false) end,
       case when status in ('FAILURE', 'RETRY') then case when n % 40000 = 3
         then jsonb_build_object('code', 'WAITED_TOO_LONG', 'message', 'given up after two weeks: zanzibar')
         else jsonb_build_object('code', 'PROVIDER_UNAVAILABLE', 'message', 'the provider does not answer, or fails') end end,
       '{"percent": 100, "message": "done"}', 1, at, at + interval '3 s', n,
       case type when 'generate-insight' then 'insights' when 'erase-person' then 'people' else 'spotify' end,
       case when n % 10 = 0 then 'interactive' else 'bulk' end,
       case when n % 10 = 0 then null else scheduler.id_of('run ' || n / 20000) end,
       md5(n::text), 'worker-' || n % 4, at + interval '1 s', at + interval '3 s',
       jsonb_build_array(jsonb_build_object('nth', 1, 'attempt', 1, 'worker', 'worker-' || n % 4, 'started_at', '2026-11-30T10:00:01Z',
         'ended_at', '2026-11-30T10:00:03Z', 'outcome', 'succeeded', 'problem', null, 'next_at', null)), n
     from (
       select n, scheduler.id_of('job ' || n) as id, scheduler.id_of('person ' || n * 7 % 1000) as person,
         timestamptz '2026-11-30 00:00Z' - interval '31 s' * ($1 - n) as at,
         case when n % 100000 = 7 then 'erase-person' when n % 3 = 1 then 'generate-insight' else 'ingest-listening-data' end as type,
         case when n % 40 = 3 then 'FAILURE' when n % 50000 = 9 then 'REVOKED' when $1 - n < 500 then 'PENDING'
           when $1 - n < 800 then 'RETRY' else 'SUCCESS' end as status
       from generate_series(1, $1::int) as n
     ) as jobs`,
    [JOBS],
  );
  await database.query('vacuum analyze scheduler.background_job');
}

/** How often all of the jobs were read, as far as the sessions have told yet. */
async function wholeReads(): Promise<number> {
  const { rows } = await database.query(
    `select seq_scan::int as n from pg_stat_all_tables where schemaname = 'scheduler' and relname = 'background_job'`,
  );
  return rows[0]?.n ?? Number.NaN;
}

/** A session tells once it has been idle for a second. */
const TOLD_MS = 3_000;

async function milliseconds(ask: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await ask();
  return performance.now() - began;
}

it(`finds jobs among ${JOBS}, beside the one of an id`, async () => {
  const find = async (filter: object): Promise<Job[]> =>
    (await rpc.ask(listJobs, jobsQuery.parse(filter))).items;
  const [newest] = (await find({ limit: 1 })) as [Job];
  const [failed] = (await find({ status: 'FAILURE', limit: 1 })) as [Job];
  const user_id = newest.user_id;
  const { rows } = await database.query(`select scheduler.id_of('run 1') as parent`);
  const middle = new Date(Date.parse(newest.created_at) - (JOBS / 2) * 31_000).toISOString();
  const cursor = new KeysetCursor('jobs', undefined as never).for({}).after([middle, failed.task_id]);
  const pages: Record<string, object> = {
    'no filter': {},
    'no filter, in the middle': { cursor },
    'status of most': { status: 'SUCCESS' },
    'status of few': { status: 'REVOKED' },
    'type of most': { type: 'ingest-listening-data' },
    'type of few': { type: 'erase-person' },
    'queue of few': { queue: 'people' },
    'queue and lane': { queue: 'insights', lane: 'interactive' },
    user: { user_id },
    'user and status': { user_id, status: 'FAILURE' },
    'status and type': { status: 'FAILURE', type: 'generate-insight' },
    'from and until': { from: middle, until: newest.created_at },
    'until, and type': { until: middle, type: 'generate-insight' },
    'text: an id': { text: failed.task_id },
    'text: the beginning of an id': { text: failed.task_id.slice(0, 8) },
    'text: words of few': { text: 'zanzi' },
    'text: words of many': { text: 'provider unavail' },
    'text: words of none': { text: 'quagga' },
    'text: words, of a user': { text: 'provider', user_id },
    parent: { parent: rows[0]?.parent },
  };
  const asked: Record<string, () => Promise<unknown>> = {
    'one task by its id': () => rpc.ask(getTask, { task_id: newest.task_id }),
    ...Object.fromEntries(Object.entries(pages).map(([name, filter]) => [name, () => find(filter)])),
    'a person’s own': () => rpc.ask(listTasks, { user_id, limit: 50 }),
    'a timeline': () => rpc.ask(getJob, { task_id: failed.task_id }),
    'counts, no filter': () => rpc.ask(countJobs, {}),
    'counts, of a user': () => rpc.ask(countJobs, { user_id }),
    'counts, of a type of few': () => rpc.ask(countJobs, { type: 'erase-person' }),
    'counts, text of many': () => rpc.ask(countJobs, { text: 'provider' }),
  };
  await sleep(TOLD_MS);
  const readBefore = await wholeReads();
  const took = new Map<string, number[]>(Object.keys(asked).map((name) => [name, []]));
  // In turns, so that whatever else the machine does meets all of them.
  for (let turn = 0; turn < WARM_UP + RUNS; turn += 1) {
    for (const [name, ask] of Object.entries(asked)) {
      const ms = await milliseconds(ask);
      if (turn >= WARM_UP) took.get(name)?.push(ms);
    }
  }
  const baseline = median(took.get('one task by its id') ?? []);
  printed(`pages of 50 among ${JOBS} jobs, to one task by its id; medians of ${RUNS}`, [
    ['one task by its id', baseline, 'ms'],
    ...[...took].slice(1).map(([name, ms]) => [name, median(ms) / baseline, ''] as const),
  ]);
  await sleep(TOLD_MS);
  expect(await wholeReads()).toBe(readBefore);
});
