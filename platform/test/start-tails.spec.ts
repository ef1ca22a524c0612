import { afterAll, beforeAll, expect, it } from 'vitest';
import { StartTails } from '../src/projections/start-tails.js';
import { TallyBench } from './fixtures/tally-feed.js';

const MINUTE_MS = 60_000;

let bench: TallyBench;
beforeAll(async () => {
  bench = await TallyBench.open();
});
afterAll(() => bench?.close());

it('waits for what was in the log at the start, and not for what comes later', async () => {
  const [feed, idle] = [await bench.feed(), await bench.feed()];
  await feed.append(3);
  const tails = new StartTails(bench.store, bench.orm, () => [feed.consumer, idle.consumer]);
  const last = feed.sequences.at(-1);
  expect(await tails.behind()).toEqual({ [feed.consumer.name]: `catches up, at 0 of ${last}` });
  const runner = feed.replica();
  await feed.caughtUp();
  await runner.stop();
  await feed.append(2);
  expect(await tails.behind()).toEqual({});
});

it('does not wait for ever', async () => {
  const feed = await bench.feed();
  await feed.append(1);
  let now = 5;
  const tails = new StartTails(
    bench.store,
    bench.orm,
    () => [feed.consumer],
    () => now,
  );
  now += MINUTE_MS - 1;
  expect(tails.isLate).toBe(false);
  now += 1;
  expect(tails.isLate).toBe(true);
  // It is told all the same.
  expect(Object.keys(await tails.behind())).toEqual([feed.consumer.name]);
});
