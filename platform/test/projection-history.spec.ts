import { jetstream } from '@nats-io/jetstream';
import { headers as natsHeaders } from '@nats-io/transport-node';
import type { RecordedEvent } from '@undertone/contracts/event';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../src/ids/ids.js';
import { ensureConsumer } from '../src/nats/ensure-streams.js';
import { readWholeCheckpoint } from '../src/projections/checkpoint.js';
import type { Projection } from '../src/projections/projection.js';
import { ProjectionProgress } from '../src/projections/projection-progress.js';
import type { ProjectionRunner } from '../src/projections/projection-runner.js';
import { eventually } from '../src/test-kit/eventually.js';
import { Counted, Tally } from './fixtures/tally.js';
import { TallyBench, type TallyFeed } from './fixtures/tally-feed.js';

/** Every release but the newest cannot read it. */
const reads: Projection['reads'] = ({ version }) => version === 0;

describe('a projection whose rows an older release had a part in', () => {
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

  const builtFrom = async () =>
    (await readWholeCheckpoint(bench.orm.em.fork(), feed.consumer.name)).builtFrom;
  /** Applies events that are read again once. */
  const repeatably: Projection['apply'] = async (events, em) => {
    for (const event of events) {
      const value = Counted.read(event)?.value;
      if (value === undefined) continue;
      const row = { projection: feed.consumer.name, value };
      if ((await em.count(Tally, row)) === 0) await em.insert(Tally, row);
    }
    return undefined;
  };
  /** What was asked to be rebuilt. */
  function rebuilding() {
    const asked: string[] = [];
    return { asked, rebuild: async () => asked.push(feed.consumer.name) > 0 };
  }
  const isMissing = (runner: ProjectionRunner, why: RegExp) =>
    eventually('it says what is missing', async () => why.test(runner.note ?? ''));

  it('skips what it cannot read, notes it, and goes on with what comes behind', async () => {
    const older = feed.replica(undefined, {}, { reads });
    await feed.append(3);
    expect(await feed.caughtUp()).toEqual([]);
    expect(older.lastError).toBeUndefined();
    expect(await builtFrom()).toMatchObject({
      skipped: { 'undertone.listening.counted.v1': feed.sequences[0] },
    });
    const progress = new ProjectionProgress(bench.orm, bench.store);
    // Whoever decides by the rows reads the log from the first that was skipped.
    expect(await progress.sequence(feed.consumer)).toBe((feed.sequences[0] ?? 0) - 1);
  });

  it.each([
    ['undertone.listening.of-a-newer-release.v1', 'undertone.listening.of-a-newer-release.v1'],
    ['undertone.listening.%00.v1', 'undertone.listening.\ufffd.v1'],
  ])('skips and notes an unknown %s also where the body is not JSON', async (type, noted) => {
    const headers = natsHeaders();
    const attributes = { id: newId(), type, source: 'test', time: new Date().toISOString() };
    for (const [attribute, value] of Object.entries(attributes)) headers.set(`ce-${attribute}`, value);
    const [subject] = feed.consumer.filters as [string];
    const { seq } = await jetstream(bench.nats).publish(subject, 'not { json', { headers });
    await feed.append(1);
    const knows: Projection['reads'] = (event) => event.type === Counted.type;
    const runner = feed.replica(undefined, {}, { reads: knows });
    expect(await feed.caughtUp()).toEqual(feed.all);
    expect(runner.lastError).toBeUndefined();
    expect(await builtFrom()).toMatchObject({ skipped: { [noted]: seq } });
  });

  it('has it read again by the release that can, from the first that was skipped', async () => {
    await feed.append(2);
    const newest = feed.replica(repeatably);
    await feed.caughtUp();
    await newest.stop();
    const older = feed.replica(repeatably, {}, { reads, repeatable: true });
    await feed.append(3);
    await feed.caughtUp();
    await older.stop();

    const seen: number[] = [];
    const apply = async (...[events, em]: Parameters<Projection['apply']>) => {
      seen.push(...events.map((event: RecordedEvent) => event.sequence));
      return repeatably(events, em);
    };
    feed.replica(apply, {}, { repeatable: true });
    await eventually('what was skipped is there', async () => (await feed.rows()).length === 5);
    expect(await feed.rows()).toEqual(feed.all);
    expect(seen[0]).toBe(feed.sequences[2]);
    await eventually('nothing is noted any more', async () => {
      const skipped = (await builtFrom())?.skipped;
      return skipped && Object.keys(skipped).length === 0;
    });
  });

  it('is rebuilt by the release that can, where events cannot be applied twice', async () => {
    const older = feed.replica(undefined, {}, { reads });
    await feed.append(2);
    await feed.caughtUp();
    await older.stop();
    const { asked, rebuild } = rebuilding();
    const newest = feed.replica(undefined, { rebuild });
    await isMissing(newest, /counted\.v1 could not be read by the release before; it is being rebuilt/);
    expect(asked).toEqual([feed.consumer.name]);
    expect(newest.lastError).toBeUndefined();
  });

  it('is rebuilt when its handler was changed, and again when the older one comes back', async () => {
    const first = feed.replica(repeatably, {}, { version: 1 });
    await feed.append(2);
    await feed.caughtUp();
    await first.stop();
    const second = feed.replica(repeatably, {}, { version: 2, repeatable: true });
    await eventually('version 2 has applied all', async () => (await builtFrom())?.version === 2);
    await feed.append(1);
    await feed.caughtUp();
    await second.stop();
    // The update is taken back.
    const back = feed.replica(repeatably, {}, { version: 1 });
    await feed.append(1);
    await feed.caughtUp();
    expect((await builtFrom())?.version).toBe(1);
    await back.stop();
    const { rebuild } = rebuilding();
    await isMissing(
      feed.replica(repeatably, { rebuild }, { version: 2 }),
      /its handler is of version 2, and version 1 applied events/,
    );
  });

  it('is rebuilt when its filters took more, and not when an older release starts beside that', async () => {
    const [own] = feed.consumer.filters as [string];
    const wider = { ...feed.consumer, filters: [own, own.replace('counted', 'added')] };
    const first = feed.replica();
    await feed.append(2);
    await feed.caughtUp();
    await first.stop();
    await ensureConsumer(bench.store.manager, wider, 1, 9);
    const newest = feed.replica(repeatably, {}, { consumer: wider, repeatable: true });
    await eventually('it read all again', async () => (await builtFrom())?.filters.length === 2);
    await feed.caughtUp();
    await newest.stop();

    const { asked, rebuild } = rebuilding();
    const older = feed.replica(undefined, { rebuild });
    await feed.append(1);
    expect(await feed.caughtUp()).toEqual(feed.all);
    expect(asked).toEqual([]);
    expect(older.note).toBeUndefined();
    expect((await builtFrom())?.filters).toEqual([own]);
    await older.stop();
    await isMissing(
      feed.replica(undefined, { rebuild }, { consumer: wider }),
      /events of listening\..*\.added were not applied before/,
    );
  });

  it('is not given by an older release what a newer one had delivered beyond its filters', async () => {
    const [own] = feed.consumer.filters as [string];
    const narrow = { ...feed.consumer, filters: [own.replace('counted', 'other')] };
    const given: unknown[] = [];
    feed.replica(async (events) => void given.push(...events), { version: -1 }, { consumer: narrow });
    await feed.append(3);
    await feed.caughtUp();
    expect(given).toEqual([]);
  });

  it('takes what an older release left without a note for rows of the first version of its handler', async () => {
    const first = feed.replica();
    await feed.append(2);
    await feed.caughtUp();
    await first.stop();
    const forget = () => bench.orm.em.fork().execute('update projection_checkpoint set built_from = null');
    await forget();
    const { asked, rebuild } = rebuilding();
    const same = feed.replica(undefined, { rebuild });
    await eventually('it is noted', async () => (await builtFrom())?.version === 1);
    expect(asked).toEqual([]);
    await same.stop();
    await forget();
    const newer = feed.replica(undefined, { rebuild }, { version: 3 });
    await isMissing(newer, /version 3, and version 1/);
    // Whatever it applies meanwhile.
    await feed.append(1);
    await feed.caughtUp();
    expect(await builtFrom()).toMatchObject({ version: 1 });
    await eventually('a rebuild is asked for', () => asked.length > 0);
  });

  it('stays away from a consumer that a newer release removed, and takes it up where it is made again', async () => {
    const stream = feed.consumer.stream;
    const { manager } = bench.store;
    const runner = feed.replica(undefined, { version: -1 });
    await feed.append(2);
    await feed.caughtUp();
    await manager.consumers.delete(stream, feed.consumer.name);
    await eventually('it says so', async () => runner.note?.includes('a newer release has no such consumer'));
    expect(runner.lastError).toBeUndefined();
    await expect(manager.consumers.info(stream, feed.consumer.name)).rejects.toThrow('consumer not found');
    await feed.append(2);
    await ensureConsumer(manager, feed.consumer, 1);
    expect(await feed.caughtUp()).toEqual(feed.all);
    expect(runner.note).toBeUndefined();
  });
});
