import type { StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { streams } from '@undertone/contracts/streams';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catchUp } from '../src/event-store/catch-up.js';
import { recordOnce } from '../src/event-store/record-once.js';
import { newId } from '../src/ids/ids.js';
import { ensureStream } from '../src/nats/ensure-streams.js';
import { ProjectionProgress } from '../src/projections/projection-progress.js';
import type { ProjectionRunner } from '../src/projections/projection-runner.js';
import { eventually } from '../src/test-kit/eventually.js';
import { backUpStream, restoreStream } from '../src/test-kit/stream-backup.js';
import { Counted } from './fixtures/tally.js';
import { TallyBench, type TallyFeed } from './fixtures/tally-feed.js';

describe('a projection that is ahead of its log', () => {
  let bench: TallyBench;
  let feed: TallyFeed;
  beforeAll(async () => {
    bench = await TallyBench.open();
  });
  beforeEach(async () => {
    feed = await bench.feed();
  });
  afterEach(() => feed.stop());
  afterAll(() => bench?.close());

  /** Six events are in the backup, fourteen were applied. */
  async function restored(): Promise<ProjectionRunner> {
    await feed.append(6);
    const backup = await backUpStream(bench.nats, 'LISTENING');
    await feed.append(8);
    const runner = feed.replica();
    await feed.caughtUp();
    await restoreStream(bench.nats, backup);
    feed.sequences.splice(6);
    return runner;
  }
  const toldOf = (runner: ProjectionRunner) =>
    eventually('the projection says what to do', async () =>
      runner.lastError?.includes(`ops rebuilds start ${feed.consumer.name} --swap always`),
    );

  it('says so while it runs, and applies nothing of what comes', async () => {
    const before = Array.from({ length: 14 }, (_, value) => value);
    const runner = await restored();
    await toldOf(runner);
    // Past the checkpoint that was, so that the log's length alone tells nothing any more.
    await feed.append(12);
    await eventually('it knows the events apart', async () => runner.lastError?.includes('another event'));
    const another = feed.replica();
    await toldOf(another);
    expect(await feed.rows()).toEqual(before);
  });

  it('is noticed at the next start, when the log has grown past its checkpoint', async () => {
    await feed.append(6);
    const backup = await backUpStream(bench.nats, 'LISTENING');
    await feed.append(8);
    const first = feed.replica();
    const before = await feed.caughtUp();
    await first.stop();
    await restoreStream(bench.nats, backup);
    feed.sequences.splice(6);
    await feed.append(12);
    await toldOf(feed.replica());
    expect(await feed.rows()).toEqual(before);
  });

  it('is noticed when the stream was made again', async () => {
    await feed.append(3);
    const runner = feed.replica();
    const before = await feed.caughtUp();
    await bench.store.manager.streams.delete('LISTENING');
    await ensureStream(bench.store.manager, streams.LISTENING, 1);
    feed.sequences.splice(0);
    await feed.append(40);
    await toldOf(runner);
    expect(await feed.rows()).toEqual(before);
  });

  it('is no read model that anybody is told of, or that anything is decided by', async () => {
    const progress = new ProjectionProgress(bench.orm, bench.store);
    const aggregate = listeningAggregate(newId());
    await restored();
    const upTo = (await feed.checkpoint()) ?? 0;
    const ahead = { code: 'READ_MODEL_AHEAD' };
    await expect(progress.sequence(feed.consumer)).rejects.toMatchObject(ahead);
    const there = progress.reached(feed.consumer, feed.sequences.at(-1) ?? 0, new AbortController().signal);
    await expect(there).rejects.toMatchObject(ahead);

    const event = { definition: Counted, id: newId(), time: new Date(), source: 'test', data: { value: 1 } };
    await expect(recordOnce(bench.store, aggregate, event, { upTo })).rejects.toMatchObject(ahead);
    await expect(catchUp(bench.store, aggregate, upTo, async () => 'decided')).rejects.toMatchObject(ahead);
    expect(await bench.store.read(aggregate)).toEqual([]);
  });

  it('goes on after a restore that has all that was applied', async () => {
    await feed.append(6);
    const runner = feed.replica();
    await feed.caughtUp();
    await restoreStream(bench.nats, await backUpStream(bench.nats, 'LISTENING'));
    await feed.append(6);
    expect(await feed.caughtUp()).toEqual(feed.all);
    expect(runner.lastError).toBeUndefined();
  });

  describe('in a stream that forgets its events', () => {
    const HOUR_MS = 60 * 60 * 1000;
    const keepFor = (ms: number) =>
      bench.store.manager.streams.update('LISTENING', { max_age: nanos(ms) } as StreamConfig);
    // As when their time is over: the first sequence moves, the last one stays.
    const forget = (before: number) => bench.store.manager.streams.purge('LISTENING', { seq: before });
    const last = async () => (await bench.store.extent('LISTENING')).last;
    beforeEach(() => keepFor(HOUR_MS));
    afterEach(() => keepFor(0));

    /** Six events are applied, and forgotten. @returns what the projection has of them. */
    async function forgotten(): Promise<number[]> {
      await feed.append(6);
      const first = feed.replica();
      const rows = await feed.caughtUp();
      await first.stop();
      await forget((await last()) + 1);
      expect((await bench.store.extent('LISTENING')).first).toBeGreaterThan((await feed.checkpoint()) ?? 0);
      return rows;
    }

    it('goes on where the event that it knew the log by is gone', async () => {
      await forgotten();
      const runner = feed.replica();
      await feed.append(3);
      expect(await feed.caughtUp()).toEqual(feed.all);
      expect(runner.lastError).toBeUndefined();
      expect(await new ProjectionProgress(bench.orm, bench.store).sequence(feed.consumer)).toBe(await last());
    });

    it('goes on after a restore that had all that was applied, and has forgotten it', async () => {
      await forgotten();
      await restoreStream(bench.nats, await backUpStream(bench.nats, 'LISTENING'));
      const runner = feed.replica();
      await feed.append(3);
      expect(await feed.caughtUp()).toEqual(feed.all);
      expect(runner.lastError).toBeUndefined();
    });

    it('says so where what was restored is older, also when that is forgotten', async () => {
      const before = await restoredOlder();
      await toldOf(feed.replica());
      await feed.append(12);
      await toldOf(feed.replica());
      expect(await feed.rows()).toEqual(before);
    });

    /** Fourteen events are applied, of which the log has none: the first six were restored, and are forgotten. */
    async function restoredOlder(): Promise<number[]> {
      await feed.append(6);
      const backup = await backUpStream(bench.nats, 'LISTENING');
      await feed.append(8);
      const first = feed.replica();
      const rows = await feed.caughtUp();
      await first.stop();
      await restoreStream(bench.nats, backup);
      feed.sequences.splice(6);
      await forget((await last()) + 1);
      return rows;
    }
  });

  it('learns its log where an older release left it without', async () => {
    await feed.append(3);
    const first = feed.replica();
    await feed.caughtUp();
    await first.stop();
    const unlearned = 'update projection_checkpoint set log = null, landmark = null, landmark_at = null';
    await bench.orm.em.fork().execute(unlearned);
    const { created } = await bench.store.extent('LISTENING');
    const second = feed.replica();
    await eventually('the log is learned', async () => {
      const [row] = await bench.orm.em
        .fork()
        .execute('select log from projection_checkpoint where name = ?', [feed.consumer.name]);
      return row?.log === created;
    });
    await feed.append(3);
    expect(await feed.caughtUp()).toEqual(feed.all);
    expect(second.lastError).toBeUndefined();
  });
});
