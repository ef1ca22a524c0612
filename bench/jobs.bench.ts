import { setTimeout as sleep } from 'node:timers/promises';
import { startInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { startTestNats, startTestPostgres, startTestRedis } from '@undertone/platform/test-kit/servers';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { median, printed, worst } from './figures.js';
import { bullEngine } from './job-engines/bullmq.js';
import { graphileEngine } from './job-engines/graphile-worker.js';
import type { Durability, JobEngine } from './job-engines/job-engine.js';
import { rawAppends } from './job-engines/raw-appends.js';
import { undertoneEngine } from './job-engines/undertone.js';

const JOBS = sizeOf('BENCH_JOBS', { usual: 5_000 });
const RUNS = sizeOf('BENCH_RUNS', { usual: 5 });
const SLOTS = sizeOf('BENCH_SLOTS', { usual: 100 });
const PICKUPS = 200;

interface Drained {
  readonly perSecond: number;
  /** Of this process, where the jobs run; the server's is not in it. */
  readonly cpuMicroseconds: number;
}

async function drain(engine: JobEngine): Promise<Drained> {
  await engine.fill(JOBS);
  const all = Promise.withResolvers<void>();
  let done = 0;
  const cpu = process.cpuUsage();
  const began = performance.now();
  const stop = await engine.work(SLOTS, () => {
    done += 1;
    if (done === JOBS) all.resolve();
  });
  await all.promise;
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  await stop();
  expect(done).toBe(JOBS);
  return { perSecond: JOBS / seconds, cpuMicroseconds: (user + system) / JOBS };
}

/** Milliseconds from asking for a job until it runs, one after another, while nothing else is to be done. */
async function pickups(engine: JobEngine): Promise<number[]> {
  let taken = Promise.withResolvers<void>();
  const stop = await engine.work(SLOTS, () => taken.resolve());
  const ms: number[] = [];
  for (let one = 0; one < PICKUPS + 10; one += 1) {
    taken = Promise.withResolvers();
    await sleep(5);
    const began = performance.now();
    await engine.fill(1);
    await taken.promise;
    // The first ones find it cold.
    if (one >= 10) ms.push(performance.now() - began);
  }
  await stop();
  return ms;
}

async function open(durability: Durability): Promise<{ engines: JobEngine[]; close(): Promise<void> }> {
  const isSafe = durability === 'power-safe';
  const infrastructure = await startInfrastructure([], await startTestNats(undefined, isSafe));
  await infrastructure.provisionStreams();
  const nats = await infrastructure.connect({ noAsyncTraces: true });
  const redis = await startTestRedis({
    configuration: () => `appendonly yes\nappendfsync ${isSafe ? 'always' : 'everysec'}\n`,
  });
  const postgres = await startTestPostgres();
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query('alter system set fsync = on');
  await admin.query('select pg_reload_conf()');
  await admin.end();
  const engines = [
    await rawAppends(nats),
    await undertoneEngine(nats, 'bulk'),
    await bullEngine(redis.url),
    await graphileEngine(postgres.url, durability),
  ];
  return {
    engines,
    async close() {
      for (const engine of engines) await engine.close();
      await Promise.all([infrastructure.stop(), redis.stop(), postgres.stop()]);
    },
  };
}

describe.each<Durability>(['relaxed', 'power-safe'])('%s', (durability) => {
  it(`drains ${JOBS} jobs, and picks up one`, async () => {
    const { engines, close } = await open(durability);
    const drained = new Map(engines.map((engine) => [engine, [] as Drained[]]));
    // In turns, so that whatever else the machine does meets all of them; the first finds everything cold.
    for (let run = 0; run <= RUNS; run += 1) {
      for (const engine of engines) {
        const one = await drain(engine);
        if (run > 0) drained.get(engine)?.push(one);
      }
    }
    const waits = new Map<JobEngine, number[]>();
    for (const engine of engines) waits.set(engine, await pickups(engine));
    await close();

    const [raw] = engines;
    const of = (engine: JobEngine | undefined) => (engine && drained.get(engine)) ?? [];
    const rate = (engine: JobEngine) => median(of(engine).map(({ perSecond }) => perSecond));
    const ratio = (engine: JobEngine) =>
      median(of(engine).map(({ perSecond }, run) => perSecond / (of(raw)[run]?.perSecond ?? Number.NaN)));
    const cpu = (engine: JobEngine) => median(of(engine).map(({ cpuMicroseconds }) => cpuMicroseconds));
    const ms = (engine: JobEngine) => waits.get(engine) ?? [];
    printed(`${JOBS} jobs that do nothing, ${SLOTS} at once, ${durability}; medians of ${RUNS}`, [
      ...engines.map((engine) => [engine.name, rate(engine), 'jobs/s'] as const),
      ...engines.map((engine) => [`${engine.name}, to the raw limit`, ratio(engine), ''] as const),
      ...engines.map(
        (engine) => [`${engine.name}, CPU of the worker's process`, cpu(engine), 'µs a job'] as const,
      ),
      ...engines.map((engine) => [`${engine.name}, idle pickup p50`, median(ms(engine)), 'ms'] as const),
      ...engines.map((engine) => [`${engine.name}, idle pickup p99`, worst(ms(engine)), 'ms'] as const),
    ]);
  });
});
