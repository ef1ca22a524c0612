import type { NatsConnection } from '@nats-io/transport-node';
import { defineEvent } from '@undertone/contracts/event';
import { streams } from '@undertone/contracts/streams';
import { type Aggregate, listeningAggregate } from '@undertone/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decideAndAppend } from '../src/event-store/decide-and-append.js';
import type { Decider, EventOf, Recorded } from '../src/event-store/decider.js';
import { ConcurrencyConflict, EventStore, LogUnavailable } from '../src/event-store/event-store.js';
import { Rejected } from '../src/event-store/rejected.js';
import { newId } from '../src/ids/ids.js';
import { ensureStream } from '../src/nats/ensure-streams.js';
import { forgetMessageIds } from '../src/test-kit/forget-message-ids.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { Counted, shortened } from './fixtures/counted.js';

const Painted = defineEvent({
  context: 'listening',
  name: 'painted',
  description: 'an event that the decider does not know',
  schema: z.object({}),
});

/** Counts up to a limit. The state keeps each event that came in, so that one that came twice is seen. */
interface Count {
  readonly total: number;
  readonly seen: readonly { id: string; sequence: number }[];
}
interface Add {
  readonly add: number;
  readonly upTo?: number;
}
const events = [Counted] as const;
type CountEvent = EventOf<typeof events>;
const counter: Decider<Add, Count, typeof events> = {
  events,
  initial: { total: 0, seen: [] },
  evolve: ({ seen }, { data, metadata: { id, sequence } }: Recorded<CountEvent>) => ({
    total: data.value,
    seen: [...seen, { id, sequence }],
  }),
  decide({ add, upTo = Number.POSITIVE_INFINITY }, { total }) {
    if (add < 0) throw new Rejected('REPLAY_STATE', 'it only goes up');
    return total >= upTo ? undefined : { type: 'counted', data: { value: total + add } };
  },
};

describe('deciding and appending', () => {
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

  const envelope = (id = newId()) => ({ id, source: 'test', time: new Date('2026-11-23T10:00:00Z') });
  const newAggregate = () => listeningAggregate(newId());
  const add = (
    aggregate: Aggregate,
    command: Add,
    { id, by = store }: { id?: string | undefined; by?: EventStore } = {},
  ) => decideAndAppend(by, counter, { aggregate, command, envelope: envelope(id) });
  const append = (aggregate: Aggregate, value: number, expected: number, id = newId()) =>
    store.append(aggregate, { ...envelope(id), definition: Counted, data: { value } }, expected);
  /** What whoever reads the whole log knows: a decision that comes to nothing. */
  const inLog = (aggregate: Aggregate) => add(aggregate, { add: 1, upTo: Number.NEGATIVE_INFINITY });
  /** A store that does something else just before each append. */
  const interrupted = (before: (attempt: number) => Promise<unknown>): EventStore => {
    let attempt = 0;
    return Object.create(store, {
      append: {
        value: async (...asked: Parameters<EventStore['append']>) => {
          attempt += 1;
          await before(attempt);
          return store.append(...asked);
        },
      },
    });
  };

  it('puts the envelope around what was decided', async () => {
    const aggregate = newAggregate();
    const { event } = await decideAndAppend(store, counter, {
      aggregate,
      command: { add: 2 },
      envelope: { ...envelope('its own id'), correlationId: 'job', causationId: 'cause' },
    });
    expect(await store.read(aggregate)).toMatchObject([
      {
        id: 'its own id',
        type: 'undertone.listening.counted',
        version: 1,
        source: '/undertone/test',
        subject: `${aggregate.prefix}.counted`,
        sequence: event?.sequence,
        time: '2026-11-23T10:00:00.000Z',
        correlationId: 'job',
        causationId: 'cause',
        data: { value: 2 },
      },
    ]);
  });

  it('gives back the state that the log has after it, and where that is', async () => {
    const aggregate = newAggregate();
    for (const total of [1, 2, 3]) {
      const decided = await add(aggregate, { add: 1 });
      expect(decided.state.total).toBe(total);
      expect(decided).toEqual({
        ...(await inLog(aggregate)),
        event: { sequence: decided.sequence, duplicate: false },
      });
    }
  });

  it('gives back the state where there is nothing to do', async () => {
    const aggregate = newAggregate();
    expect(await add(aggregate, { add: 1, upTo: 0 })).toEqual({ state: counter.initial, sequence: 0 });
    const { state, sequence } = await add(aggregate, { add: 5 });
    expect(await add(aggregate, { add: 1, upTo: 5 })).toEqual({ state, sequence });
  });

  it('appends nothing where the command is rejected', async () => {
    const aggregate = newAggregate();
    await expect(add(aggregate, { add: -1 })).rejects.toMatchObject({ code: 'REPLAY_STATE' });
    expect(await store.read(aggregate)).toEqual([]);
  });

  it('goes on from a read model that is behind', async () => {
    const aggregate = newAggregate();
    const first = await add(aggregate, { add: 1 });
    await add(aggregate, { add: 1 });
    const load = async () => ({ state: first.state, sequence: first.sequence });
    const third = await decideAndAppend(store, counter, {
      aggregate,
      command: { add: 1 },
      envelope: envelope(),
      load,
    });
    expect(third.state).toEqual((await inLog(aggregate)).state);
  });

  it('goes on from a read model that is ahead of the aggregate’s last event', async () => {
    const aggregate = newAggregate();
    const first = await add(aggregate, { add: 1 });
    const elsewhere = await add(newAggregate(), { add: 1 });
    const load = async () => ({ state: first.state, sequence: elsewhere.sequence });
    const decide = (command: Add) =>
      decideAndAppend(store, counter, { aggregate, command, envelope: envelope(), load });
    // It stays complete up to where the read model is, whatever the aggregate's last event.
    expect(await decide({ add: 1, upTo: 1 })).toEqual({ state: first.state, sequence: elsewhere.sequence });
    const second = await decide({ add: 1 });
    expect(second.sequence).toBeGreaterThan(elsewhere.sequence);
    expect(second.state).toEqual((await inLog(aggregate)).state);
    expect(second.state.total).toBe(2);
  });

  it('decides again when another writer came first', async () => {
    const aggregate = newAggregate();
    const decided = await Promise.all([1, 10, 100].map((each) => add(aggregate, { add: each })));
    const { state } = await inLog(aggregate);
    expect(state.total).toBe(111);
    expect(decided.map(({ sequence }) => sequence).sort()).toEqual(
      state.seen.map(({ sequence }) => sequence),
    );
  });

  it('lets a dozen writers through that come at once', async () => {
    const aggregate = newAggregate();
    await Promise.all(Array.from({ length: 12 }, () => add(aggregate, { add: 1 })));
    expect((await inLog(aggregate)).state.total).toBe(12);
  });

  it('decides nothing when another writer did what was wanted', async () => {
    const aggregate = newAggregate();
    const by = interrupted((attempt) => append(aggregate, 7 * attempt, 0));
    const decided = await add(aggregate, { add: 7, upTo: 7 }, { by });
    expect(decided).toEqual(await inLog(aggregate));
    expect(decided.event).toBeUndefined();
    expect(await store.read(aggregate)).toHaveLength(1);
  });

  it('gives up after eight conflicts', async () => {
    const aggregate = newAggregate();
    let last = 0;
    let attempts = 0;
    const by = interrupted(async (attempt) => {
      attempts = attempt;
      ({ sequence: last } = await append(aggregate, attempt, last));
    });
    await expect(add(aggregate, { add: 100 }, { by })).rejects.toBeInstanceOf(ConcurrencyConflict);
    expect(attempts).toBe(8);
    const { state } = await inLog(aggregate);
    expect(state).toMatchObject({ total: 8 });
    expect(state.seen).toHaveLength(8);
  });

  describe('a second time', () => {
    it('finds the event of the first in the tail, even after others', async () => {
      const aggregate = newAggregate();
      const id = newId();
      const first = await add(aggregate, { add: 1 }, { id });
      const again = await add(aggregate, { add: 1 }, { id });
      expect(again).toEqual({ ...(await inLog(aggregate)), event: { ...first.event, duplicate: true } });
      await add(aggregate, { add: 1 });
      const later = await add(aggregate, { add: 1 }, { id });
      expect(later).toEqual({ ...(await inLog(aggregate)), event: { ...first.event, duplicate: true } });
      expect(later.state).toMatchObject({ total: 2 });
    });

    it('does not reject what the first was allowed', async () => {
      const aggregate = newAggregate();
      const id = newId();
      const first = await add(aggregate, { add: 1 }, { id });
      const again = await add(aggregate, { add: -1 }, { id });
      expect(again.event).toEqual({ ...first.event, duplicate: true });
    });

    it.each([
      ['alone', 0, 0],
      ['before another', 0, 1],
      ['after another', 1, 0],
      ['between others', 1, 1],
    ])(
      'has its event once in the state where it came just before the append, %s',
      async (_, before, later) => {
        const aggregate = newAggregate();
        const id = newId();
        const by = interrupted(async (attempt) => {
          if (attempt > 1) return;
          let last = 0;
          for (let n = 0; n < before; n += 1) ({ sequence: last } = await append(aggregate, 50, last));
          ({ sequence: last } = await append(aggregate, 60, last, id));
          for (let n = 0; n < later; n += 1) ({ sequence: last } = await append(aggregate, 70, last));
        });
        const decided = await add(aggregate, { add: 1 }, { id, by });
        const { state, sequence } = await inLog(aggregate);
        const own = state.seen.find((event) => event.id === id);
        expect(decided).toEqual({ state, sequence, event: { sequence: own?.sequence, duplicate: true } });
        expect(state.seen).toHaveLength(before + 1 + later);
      },
    );

    it('has its event once in the state where the read model has it already', async () => {
      const aggregate = newAggregate();
      const id = newId();
      const first = await add(aggregate, { add: 1 }, { id });
      const again = await decideAndAppend(store, counter, {
        aggregate,
        command: { add: 1 },
        envelope: envelope(id),
        load: async () => ({ state: first.state, sequence: first.sequence }),
      });
      expect(again).toEqual({ ...first, event: { ...first.event, duplicate: true } });
      expect(await store.read(aggregate)).toHaveLength(1);
    });
  });

  it('skips events of the aggregate that the decider does not know', async () => {
    const aggregate = newAggregate();
    const { sequence } = await append(aggregate, 3, 0);
    const painted = { ...envelope(), definition: Painted, data: {} };
    const foreign = await store.append(aggregate, painted, sequence);
    expect(await add(aggregate, { add: 1, upTo: 3 })).toMatchObject({
      state: { total: 3, seen: [{ sequence }] },
      sequence: foreign.sequence,
    });
    expect((await add(aggregate, { add: 1 })).state.total).toBe(4);
  });

  it('stops at an event that a newer release wrote', async () => {
    const aggregate = newAggregate();
    const newer = { ...envelope(), definition: { ...Counted, version: 2 }, data: { value: 1 } };
    await store.append(aggregate, newer, 0);
    await expect(add(aggregate, { add: 1 })).rejects.toMatchObject({ code: 'UNREADABLE_EVENT' });
    expect(await store.read(aggregate)).toHaveLength(1);
  });

  it('does not decide on a tail that ends too early', async () => {
    const aggregate = newAggregate();
    let last = 0;
    for (const value of [1, 2, 3]) ({ sequence: last } = await append(aggregate, value, last));
    const by = shortened(store, 0);
    await expect(add(aggregate, { add: 1 }, { by })).rejects.toBeInstanceOf(LogUnavailable);
    expect(await store.read(aggregate)).toHaveLength(3);
  });

  it('reads on where a tail ends too early, and decides on all of it', async () => {
    const aggregate = newAggregate();
    let last = 0;
    for (const value of [1, 2, 3]) ({ sequence: last } = await append(aggregate, value, last));
    const decided = await add(aggregate, { add: 1 }, { by: shortened(store, 2) });
    expect(decided.state).toEqual((await inLog(aggregate)).state);
    expect(decided.state).toMatchObject({ total: 4 });
    expect(decided.state.seen).toHaveLength(4);
  });

  // The last one: the server forgets ids of this stream at once from here on.
  it('writes nothing a second time, however long ago the first was', async () => {
    const aggregate = newAggregate();
    const id = newId();
    const first = await decideAndAppend(store, counter, {
      aggregate,
      command: { add: 1 },
      envelope: { ...envelope(id), time: new Date() },
    });
    const [event] = await store.read(aggregate);
    await forgetMessageIds(store, aggregate.stream, event);
    expect(await add(aggregate, { add: 1 }, { id })).toEqual({
      ...first,
      event: { ...first.event, duplicate: true },
    });
    expect(await store.read(aggregate)).toHaveLength(1);
  });
});
