import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../src/test-kit/eventually.js';
import { HeldCommits } from '../src/test-kit/held-commits.js';
import { TallyBench, type TallyFeed } from './fixtures/tally-feed.js';

describe('the commit of a projection', () => {
  let bench: TallyBench;
  let feed: TallyFeed;
  let commits: HeldCommits;
  beforeAll(async () => {
    bench = await TallyBench.open();
  });
  beforeEach(async () => {
    feed = await bench.feed();
    commits = await HeldCommits.of(bench.orm, 'tally');
  });
  afterEach(async () => {
    await commits.release();
    await feed.stop();
  });
  afterAll(() => bench?.close());

  const acknowledged = async () => {
    // What was acknowledged before goes over the same connection before this question.
    const info = await bench.store.manager.consumers.info('LISTENING', feed.consumer.name);
    return info.ack_floor.stream_seq;
  };

  it('is over before what comes after it, which another connection sees', async () => {
    await feed.append(1);
    let seen: Promise<[number[], number | undefined]> | undefined;
    feed.replica(async (events, em) => {
      await feed.tally(events, em);
      return () => {
        seen = Promise.all([feed.rows(), feed.checkpoint()]);
      };
    });
    await commits.reached();
    expect(seen).toBeUndefined();
    await commits.release();
    const [rows, checkpoint] = await eventually('what comes after it is done', () => seen);
    expect(rows).toEqual(feed.all);
    expect(checkpoint).toBe(feed.sequences[0]);
  });

  it('is over before anything is acknowledged, so that a long batch does not look like a lost one', async () => {
    await feed.append(1);
    feed.replica();
    await commits.reached();
    expect(await acknowledged()).toBe(0);
    await commits.release();
    await eventually('it is acknowledged', async () => (await acknowledged()) === feed.sequences[0]);
    expect(await feed.checkpoint()).toBe(feed.sequences[0]);
  });
});
