import { setTimeout as sleep } from 'node:timers/promises';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { afterAll, beforeAll, it } from 'vitest';
import { median, printed, worst } from './figures.js';
import type { JobEngine } from './job-engines/job-engine.js';
import { undertoneEngine } from './job-engines/undertone.js';

const JOBS = sizeOf('BENCH_JOBS', { usual: 10_000 });
const RUNS = sizeOf('BENCH_RUNS', { usual: 3 });
/** As services have them unless they are told otherwise. */
const SLOTS = { interactive: 4, bulk: 2 };
const PAUSE_MS = 20;

let infrastructure: TestInfrastructure;
let interactive: JobEngine;
let bulk: JobEngine;

beforeAll(async () => {
  infrastructure = await startInfrastructure([]);
  await infrastructure.provisionStreams();
  const nats = await infrastructure.connect({ noAsyncTraces: true });
  interactive = await undertoneEngine(nats, 'interactive');
  bulk = await undertoneEngine(nats, 'bulk');
}, 120_000);
afterAll(() => infrastructure.stop());

/** Works on bulk jobs until they or what goes on beside them are done. @returns bulk jobs a second. */
async function bulkRate(beside?: (isOver: () => boolean) => Promise<void>): Promise<number> {
  await bulk.fill(JOBS);
  const all = Promise.withResolvers<void>();
  let done = 0;
  const began = performance.now();
  const stop = await bulk.work(SLOTS.bulk, () => {
    done += 1;
    if (done === JOBS) all.resolve();
  });
  const other = beside?.(() => done >= JOBS);
  await Promise.race([all.promise, ...(other ? [other] : [])]);
  const rate = (done * 1_000) / (performance.now() - began);
  await Promise.all([all.promise, other]);
  await stop();
  return rate;
}

/** Asks for one interactive job after another. @returns how long each waited until it began, in milliseconds. */
async function pickups(isOver: (asked: number) => boolean): Promise<number[]> {
  let begun = Promise.withResolvers<void>();
  const stop = await interactive.work(SLOTS.interactive, () => begun.resolve());
  const ms: number[] = [];
  while (!isOver(ms.length)) {
    begun = Promise.withResolvers();
    const asked = performance.now();
    await interactive.fill(1);
    await begun.promise;
    ms.push(performance.now() - asked);
    await sleep(PAUSE_MS);
  }
  await stop();
  return ms;
}

/** Works on as many interactive jobs, which are there already. */
async function backlog(): Promise<void> {
  const all = Promise.withResolvers<void>();
  let done = 0;
  const stop = await interactive.work(SLOTS.interactive, () => {
    done += 1;
    if (done === JOBS) all.resolve();
  });
  await all.promise;
  await stop();
}

it(`interactive jobs beside ${JOBS} bulk ones`, async () => {
  const rates = { alone: [] as number[], beside: [] as number[], backlog: [] as number[] };
  const idle: number[] = [];
  const busy: number[] = [];
  // In turns, so that whatever else the machine does meets all of them.
  for (let run = 0; run < RUNS; run += 1) {
    idle.push(...(await pickups((asked) => asked >= 100)));
    rates.alone.push(await bulkRate());
    rates.beside.push(
      await bulkRate(async (isOver) => {
        busy.push(...(await pickups(isOver)));
      }),
    );
    await interactive.fill(JOBS);
    rates.backlog.push(await bulkRate(backlog));
  }
  const alone = median(rates.alone);
  printed(
    `${SLOTS.interactive} interactive slots beside ${JOBS} bulk jobs in ${SLOTS.bulk}; medians of ${RUNS}`,
    [
      ['interactive pickup p50, nothing else to do', median(idle), 'ms'],
      ['interactive pickup p50, bulk jobs under way', median(busy), 'ms'],
      ['to the one with nothing else to do', median(busy) / median(idle), ''],
      ['interactive pickup p99, nothing else to do', worst(idle), 'ms'],
      ['interactive pickup p99, bulk jobs under way', worst(busy), 'ms'],
      ['bulk alone', alone, 'jobs/s'],
      ['bulk beside single interactive jobs, to alone', median(rates.beside) / alone, ''],
      ['bulk while all interactive slots are busy, to alone', median(rates.backlog) / alone, ''],
    ],
  );
});
