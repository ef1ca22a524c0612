import type { StoredMsg } from '@nats-io/jetstream';
import { type NatsConnection } from '@nats-io/transport-node';
import { streams } from '@undertone/contracts/streams';
import { type Aggregate, listeningAggregate } from '@undertone/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ConcurrencyConflict,
  EventStore,
  EventTooLarge,
  InvalidEvent,
  LogUnavailable,
} from '../src/event-store/event-store.js';
import { recordOnce } from '../src/event-store/record-once.js';
import { newId } from '../src/ids/ids.js';
import { ensureStream } from '../src/nats/ensure-streams.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';
import { Counted, shortened } from './fixtures/counted.js';

/** A sequence that no stream here comes to. */
const BEYOND = 1_000_000;

const counted = (value: number, id = newId()) => ({
  definition: Counted,
  id,
  data: { value },
  source: 'test',
  time: new Date('2026-11-23T10:00:00Z'),
});

describe('the event store', () => {
  let infrastructure: TestInfrastructure;
  let nats: NatsConnection;
  let store: EventStore;

  beforeAll(async () => {
    infrastructure = await startInfrastructure([]);
    nats = await infrastructure.connect();
    store = await EventStore.open(nats);
    await ensureStream(store.manager, streams.LISTENING, 1);
  });
  afterAll(() => infrastructure.stop());

  it('gives back what was appended, in order', async () => {
    const aggregate = listeningAggregate(newId());
    const first = await store.append(aggregate, counted(1), 0);
    const second = await store.append(
      aggregate,
      {
        ...counted(2),
        data: { value: 2, text: 'naïve “100 %” 🎵' },
        correlationId: 'job ü',
        causationId: 'c%',
      },
      first.sequence,
    );
    const events = await store.read(aggregate);
    expect(events.map((event) => Counted.read(event))).toEqual([
      { value: 1 },
      { value: 2, text: 'naïve “100 %” 🎵' },
    ]);
    expect(events[1]).toMatchObject({
      sequence: second.sequence,
      stream: 'LISTENING',
      source: '/undertone/test',
      correlationId: 'job ü',
      causationId: 'c%',
      time: '2026-11-23T10:00:00.000Z',
    });
    expect(await store.read(aggregate, first.sequence)).toHaveLength(1);
    expect(await store.last('LISTENING', aggregate.filter)).toMatchObject({ sequence: second.sequence });
  });

  it('writes nothing that its schema does not know', async () => {
    const aggregate = listeningAggregate(newId());
    const written = store.append(aggregate, { ...counted(1), data: { value: Number.NaN } }, 0);
    await expect(written).rejects.toBeInstanceOf(InvalidEvent);
    await expect(written).rejects.toMatchObject({ code: 'INVALID_EVENT' });
    await expect(written).rejects.toThrow(/undertone\.listening\.counted\.v1.*value/s);
    expect(await store.read(aggregate)).toEqual([]);
  });

  it('writes nothing that is larger than the server takes, and says which field makes it so', async () => {
    const aggregate = listeningAggregate(newId());
    const told = (bytes: number) => ({ ...counted(1), data: { value: 1, text: 'ä'.repeat(bytes / 2) } });
    const { sequence } = await store.append(aggregate, told(1_000_000), 0);
    const began = performance.now();
    for (const bytes of [1_048_576, 3_000_000]) {
      const written = store.append(aggregate, told(bytes), sequence);
      await expect(written).rejects.toBeInstanceOf(EventTooLarge);
      await expect(written).rejects.toMatchObject({ code: 'EVENT_TOO_LARGE' });
      await expect(written).rejects.toThrow(
        /undertone\.listening\.counted\.v1 .* in "text", and the log takes \d+$/,
      );
    }
    // Not tried until the log counts as away.
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(await store.read(aggregate)).toHaveLength(1);
  });

  it('finds nothing where nothing is', async () => {
    const aggregate = listeningAggregate(newId());
    expect(await store.read(aggregate)).toEqual([]);
    expect(await store.last('LISTENING', aggregate.filter)).toBeUndefined();
  });

  it('takes the same event twice as once, even after others', async () => {
    const aggregate = listeningAggregate(newId());
    const id = newId();
    const first = await store.append(aggregate, counted(1, id), 0);
    expect(await store.append(aggregate, counted(1, id), 0)).toEqual({
      sequence: first.sequence,
      duplicate: true,
    });
    await store.append(aggregate, counted(2), first.sequence);
    expect(await store.append(aggregate, counted(1, id), 0)).toEqual({
      sequence: first.sequence,
      duplicate: true,
    });
    expect(await store.read(aggregate)).toHaveLength(2);
  });

  it('takes what expects nothing, whatever came before, and once', async () => {
    const aggregate = listeningAggregate(newId());
    const event = counted(1);
    await store.append(aggregate, counted(0), 0);
    const [first, again] = [await store.append(aggregate, event), await store.append(aggregate, event)];
    expect(again).toEqual({ sequence: first.sequence, duplicate: true });
    await Promise.all([2, 3, 4].map((value) => store.append(aggregate, counted(value))));
    expect(await store.read(aggregate)).toHaveLength(5);
  });

  it('lets one of two writers with the same expectation through', async () => {
    const aggregate = listeningAggregate(newId());
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, value) => store.append(aggregate, counted(value), 0)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConcurrencyConflict);
    }
    expect(await store.read(aggregate)).toHaveLength(1);
  });

  it('says of every read without an answer that the log is unavailable, and of no answer what it means', async () => {
    const proxy = await TcpProxy.to(infrastructure.nats.url);
    const cutOff = await infrastructure.connect({ servers: proxy.url });
    try {
      const aggregate = listeningAggregate(newId());
      const { sequence } = await store.append(aggregate, counted(1), 0);
      const behind = await EventStore.open(cutOff);
      expect(await behind.read(aggregate)).toHaveLength(1);
      proxy.silent = true;
      const reads = [
        behind.last(aggregate.stream, aggregate.filter),
        behind.at(aggregate.stream, sequence),
        behind.read(aggregate),
        behind.readFiltered(aggregate.stream, aggregate.filter),
      ];
      for (const read of await Promise.allSettled(reads)) {
        expect(read).toMatchObject({ status: 'rejected', reason: expect.any(LogUnavailable) });
      }
    } finally {
      proxy.silent = false;
      await cutOff.close();
      await proxy.close();
    }
  });

  it('reads more events than one batch holds', async () => {
    const aggregate = listeningAggregate(newId());
    let sequence = 0;
    for (let value = 0; value < 600; value += 1) {
      ({ sequence } = await store.append(aggregate, counted(value), sequence));
    }
    const values = (await store.read(aggregate)).map((event) => Counted.read(event)?.value);
    expect(values).toEqual(Array.from({ length: 600 }, (_, value) => value));
    const pages: number[][] = [];
    for (let after = 0; ; ) {
      const page = await store.readSome(aggregate.stream, aggregate.filter, after, 290);
      if (page.length === 0) break;
      pages.push(page.map((event) => Counted.read(event)?.value ?? -1));
      after = page.at(-1)?.sequence ?? 0;
    }
    expect(pages.map(({ length }) => length)).toEqual([290, 290, 20]);
    expect(pages.flat()).toEqual(values);
  });

  describe('with a replica that lags behind', () => {
    /** A store whose direct reads are answered by a replica that knows nothing after a sequence. */
    async function laggingAt(sequence: number): Promise<EventStore> {
      const lagging = await EventStore.open(nats);
      const { direct } = lagging.manager;
      const { getMessage, getBatch } = direct;
      const known = (message: StoredMsg | null) => (message && message.seq <= sequence ? message : null);
      vi.spyOn(direct, 'getMessage').mockImplementation(async (...asked) =>
        known(await getMessage.apply(direct, asked)),
      );
      vi.spyOn(direct, 'getBatch').mockImplementation(async (stream, query) => {
        const batch = await getBatch.call(direct, stream, query);
        return (async function* () {
          let isEmpty = true;
          for await (const message of batch) {
            if (!known(message)) continue;
            isEmpty = false;
            yield message;
          }
          // What a server says that has nothing from there on.
          if (isEmpty) yield* await getBatch.call(direct, stream, { ...query, seq: BEYOND } as typeof query);
        })() as unknown as typeof batch;
      });
      return lagging;
    }
    async function three(): Promise<{ aggregate: Aggregate; sequences: number[] }> {
      const aggregate = listeningAggregate(newId());
      const sequences: number[] = [];
      for (const value of [1, 2, 3]) {
        sequences.push((await store.append(aggregate, counted(value), sequences.at(-1) ?? 0)).sequence);
      }
      return { aggregate, sequences };
    }

    it.each([0, 1, 2])('reads all that was confirmed, though the replica has %i of 3', async (has) => {
      const { aggregate, sequences } = await three();
      const lagging = await laggingAt(sequences[has - 1] ?? 0);
      expect((await lagging.read(aggregate)).map(({ sequence }) => sequence)).toEqual(sequences);
      expect((await lagging.last('LISTENING', aggregate.filter))?.sequence).toBe(sequences[2]);
    });

    it('finds a fact that was recorded just now', async () => {
      const { aggregate, sequences } = await three();
      const lagging = await laggingAt(0);
      const id = newId();
      const first = await store.append(aggregate, counted(4, id), sequences.at(-1) ?? 0);
      await store.append(aggregate, counted(5), first.sequence);
      expect(await recordOnce(lagging, aggregate, counted(4, id), { upTo: 0 })).toEqual({
        sequence: first.sequence,
        duplicate: true,
      });
    });

    it('does not record on a tail that ends too early', async () => {
      const { aggregate } = await three();
      const recording = recordOnce(shortened(store, 0), aggregate, counted(9), { upTo: 0 });
      await expect(recording).rejects.toBeInstanceOf(LogUnavailable);
      expect(await store.read(aggregate)).toHaveLength(3);
    });

    it('reads on where a tail ends too early, and finds the fact in all of it', async () => {
      const { aggregate, sequences } = await three();
      const id = newId();
      const { sequence } = await store.append(aggregate, counted(4, id), sequences.at(-1) ?? 0);
      expect(await recordOnce(shortened(store, 2), aggregate, counted(4, id), { upTo: 0 })).toEqual({
        sequence,
        duplicate: true,
      });
    });
  });

  it('replays a stream from any sequence, live', async () => {
    const aggregate = listeningAggregate(newId());
    const { sequence } = await store.append(aggregate, counted(1), 0);
    const controller = new AbortController();
    const seen: number[] = [];
    for await (const event of store.subscribe('LISTENING', {
      from: sequence,
      filters: [aggregate.filter],
      signal: controller.signal,
    })) {
      seen.push(Counted.read(event)?.value ?? -1);
      if (seen.length === 1) await store.append(aggregate, counted(2), sequence);
      if (seen.length === 2) controller.abort();
    }
    expect(seen).toEqual([1, 2]);
  });

  it('waits for a server that is gone, and writes once', async () => {
    const aggregate = listeningAggregate(newId());
    await infrastructure.nats.kill();
    const appending = store.append(aggregate, counted(1), 0);
    await infrastructure.nats.restart();
    const { sequence } = await appending;
    expect(await store.read(aggregate)).toMatchObject([{ sequence }]);
  });
});
