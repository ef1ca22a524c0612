import { jetstream } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromMessage } from '../src/event-store/cloudevents.js';
import { PROJECTION_GROUP } from '../src/nats/ensure-streams.js';
import { ProjectionCheckpoint } from '../src/projections/projection-checkpoint.entity.js';
import { ProjectionProgress } from '../src/projections/projection-progress.js';
import { eventually } from '../src/test-kit/eventually.js';
import { gate } from './fixtures/child.js';
import { Tally } from './fixtures/tally.js';
import { TallyBench, type TallyFeed } from './fixtures/tally-feed.js';

describe('the projection runner', () => {
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

  const consumerInfo = () => bench.store.manager.consumers.info('LISTENING', feed.consumer.name);

  it('applies events in order, and what arrives meanwhile as one batch', async () => {
    await feed.append(3);
    const first = gate();
    const batches: number[] = [];
    const committed: number[] = [];
    feed.replica(async (events, em) => {
      batches.push(events.length);
      if (batches.length === 1) await first.opened;
      await feed.tally(events, em);
      return () => committed.push(events.length);
    });
    await eventually('the first batch is in hand', () => batches.length === 1);
    await feed.append(117);
    await eventually(
      'the server has delivered the rest',
      async () => (await consumerInfo()).num_pending === 0,
    );
    first.open();
    expect(await feed.caughtUp()).toEqual(feed.all);
    await eventually('all is acknowledged', async () => (await consumerInfo()).num_ack_pending === 0);
    expect(batches.length).toBeLessThan(10);
    expect(committed).toEqual(batches);
  });

  it('moves its checkpoint in the transaction that applies', async () => {
    await feed.append(5);
    let seen: { rows: number[]; checkpoint: number | undefined } | undefined;
    feed.replica(async (events, em) => {
      await feed.tally(events, em);
      await em.flush();
      seen = { rows: await feed.rows(), checkpoint: await feed.checkpoint() };
      return undefined;
    });
    expect(await feed.caughtUp()).toEqual(feed.all);
    expect(seen?.rows.length).toBeLessThan(5);
    expect(seen?.checkpoint ?? 0).toBeLessThan((await feed.checkpoint()) ?? 0);
  });

  it('applies nothing again when everything is delivered again', async () => {
    await feed.append(20);
    feed.replica();
    await feed.caughtUp();
    await bench.store.manager.consumers.reset('LISTENING', feed.consumer.name, 1);
    await eventually('all of it was acknowledged anew', async () => {
      const { num_pending, num_ack_pending } = await consumerInfo();
      return num_pending === 0 && num_ack_pending === 0;
    });
    await feed.append(1);
    expect(await feed.caughtUp()).toEqual(feed.all);
  });

  it('leaves nothing half written when applying fails, and goes on in order', async () => {
    await feed.append(10);
    let failures = 0;
    const runner = feed.replica(async (events, em) => {
      await feed.tally(events, em);
      if (failures < 3) {
        failures += 1;
        throw new Error(`no. ${failures}`);
      }
      return undefined;
    });
    await eventually('it says why', () => runner.lastError !== undefined);
    expect(await feed.rows()).toEqual([]);
    expect(await feed.checkpoint()).toBeUndefined();
    await feed.append(10);
    expect(await feed.caughtUp()).toEqual(feed.all);
    await eventually('it is well again', () => runner.lastError === undefined);
    expect(failures).toBe(3);
  });

  it('waits for a message it cannot read, and says so', async () => {
    await feed.append(2);
    let readable = false;
    const runner = feed.replica(undefined, {
      read: (message) => {
        if (!readable) throw new Error('written by a newer release');
        return fromMessage({
          stream: message.info.stream,
          sequence: message.seq,
          subject: message.subject,
          headers: message.headers,
          data: message.data,
        });
      },
    });
    await eventually('it says why', () => runner.lastError === 'written by a newer release');
    await feed.append(2);
    readable = true;
    expect(await feed.caughtUp()).toEqual(feed.all);
  });

  it('is well again when the message that it cannot read is deleted, and nothing comes behind it', async () => {
    await feed.append(2);
    const readable = feed.replica();
    await feed.caughtUp();
    await readable.stop();
    const read = () => {
      throw new Error('damaged');
    };
    const runner = feed.replica(undefined, { read });
    await feed.append(1);
    await eventually('it says why', () => runner.lastError === 'damaged');
    await bench.store.manager.streams.deleteMessage('LISTENING', feed.sequences.at(-1) ?? 0);
    await eventually('it is well again', () => runner.lastError === undefined);
  });

  it('is well again when another replica applied what it could not', async () => {
    const runner = feed.replica(() => Promise.reject(new Error('not here')), { random: () => 1 });
    await feed.append(1);
    await eventually('it says why', () => runner.lastError === 'not here');
    // As a replica that became active would.
    const [sequence] = feed.sequences;
    await bench.orm.em
      .fork()
      .execute('insert into projection_checkpoint (name, sequence, updated_at) values (?, ?, now())', [
        feed.consumer.name,
        sequence ?? 0,
      ]);
    await eventually('it is well again', () => runner.lastError === undefined);
  });

  it('ends the batch in hand when it is stopped', async () => {
    await feed.append(1);
    const batch = gate();
    const finish = gate();
    const runner = feed.replica(async (events, em) => {
      batch.open();
      await finish.opened;
      await feed.tally(events, em);
      return undefined;
    });
    await batch.opened;
    const stopped = runner.stop();
    finish.open();
    await stopped;
    expect(await feed.rows()).toEqual(feed.all);
    await eventually('it is acknowledged', async () => (await consumerInfo()).num_ack_pending === 0);
  });

  it('stops while it is failing, without waiting for its next try', async () => {
    await feed.append(1);
    const runner = feed.replica(() => Promise.reject(new Error('never')), { random: () => 1 });
    await eventually('it waits for long', () => runner.lastError === 'never');
    const since = Date.now();
    await runner.stop();
    expect(Date.now() - since).toBeLessThan(5_000);
  });

  it('rebuilds the same rows after they were dropped, when it starts', async () => {
    await feed.append(30);
    const runner = feed.replica();
    const before = await feed.caughtUp();
    await runner.stop();
    await feed.forget();
    feed.replica();
    expect(await feed.caughtUp()).toEqual(before);
    expect(before).toEqual(feed.all);
  });

  it('rebuilds the same rows after they were dropped, while it runs and nothing new happens', async () => {
    await feed.append(30);
    feed.replica();
    await feed.caughtUp();
    await feed.forget();
    expect(await feed.caughtUp()).toEqual(feed.all);
  });

  it('leaves no gap when rows are dropped just before something new happens', async () => {
    await feed.append(30);
    feed.replica();
    await feed.caughtUp();
    await feed.forget();
    await feed.append(1);
    expect(await feed.caughtUp()).toEqual(feed.all);
  });

  it('goes back to its checkpoint when the server believes it is further', async () => {
    await feed.append(10);
    const runner = feed.replica();
    await feed.caughtUp();
    await runner.stop();
    const fifth = feed.sequences[4] ?? 0;
    // As if the last five had been acknowledged but their transaction was lost.
    await bench.orm.em.transactional(async (em) => {
      await em.nativeDelete(Tally, { projection: feed.consumer.name, value: { $gte: 5 } });
      await em.nativeUpdate(ProjectionCheckpoint, { name: feed.consumer.name }, { sequence: fifth });
    });
    expect(await feed.rows()).toEqual([0, 1, 2, 3, 4]);
    feed.replica();
    expect(await feed.caughtUp()).toEqual(feed.all);
  });

  it('goes on when an operator deletes its consumer', async () => {
    await feed.append(5);
    feed.replica();
    await feed.caughtUp();
    await bench.store.manager.consumers.delete('LISTENING', feed.consumer.name);
    await feed.append(5);
    expect(await feed.caughtUp()).toEqual(feed.all);
    expect((await consumerInfo()).config.priority_groups).toEqual(['projection']);
  });

  describe('whose consumer was narrowed by hand', () => {
    const filter = () => feed.consumer.filters[0] as string;

    it('widens it again, and applies what went past it', async () => {
      await feed.append(2);
      feed.replica();
      await feed.caughtUp();
      // Nobody but the hand says which release configured it.
      await bench.store.manager.consumers.update('LISTENING', feed.consumer.name, {
        filter_subjects: [filter().replace('counted', 'other')],
        metadata: { 'undertone.definitions': '0' },
      });
      await feed.append(2);
      expect(await feed.caughtUp()).toEqual(feed.all);
      expect((await consumerInfo()).config.filter_subjects).toEqual([filter()]);
    });

    it('applies what went past it before it was widened, without another event', async () => {
      const { stream, name } = feed.consumer;
      const other = filter().replace('counted', 'other');
      await bench.store.manager.consumers.update(stream, name, { filter_subjects: [other] });
      await feed.append(2);
      // The server goes past what it may not deliver when it is asked.
      const consumer = await jetstream(bench.nats).consumers.get(stream, name);
      const fetched = await consumer.fetch({ max_messages: 1, expires: 1_000, group: PROJECTION_GROUP });
      for await (const { subject } of fetched) throw new Error(`${subject} was delivered`);
      await bench.store.manager.consumers.update(stream, name, { filter_subjects: [filter()] });
      expect((await consumerInfo()).num_pending).toBe(0);
      feed.replica();
      expect(await feed.caughtUp()).toEqual(feed.all);
    });
  });

  it('tells how far it is, and lets others wait for it', async () => {
    const progress = new ProjectionProgress(bench.orm, bench.store);
    expect(await progress.sequence(feed.consumer)).toBe(0);
    await expect(progress.reached(feed.consumer, 1, new AbortController().signal, 50)).rejects.toMatchObject({
      name: 'TransientJobError',
      code: 'READ_MODEL_BEHIND',
    });
    await expect(progress.reached(feed.consumer, 1, AbortSignal.abort(new Error('no more')))).rejects.toThrow(
      'no more',
    );
    const waiting = progress.reached(feed.consumer, 1, new AbortController().signal);
    await feed.append(3);
    feed.replica();
    await waiting;
    await feed.caughtUp();
    expect(await progress.sequence(feed.consumer)).toBe(await feed.checkpoint());
  });
});
