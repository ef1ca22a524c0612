import { setTimeout } from 'node:timers/promises';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { Aggregate } from '@undertone/contracts/subjects';
import { ConcurrencyConflict, type EventStore, LogUnavailable, ReadModelAhead } from './event-store.js';

/** Events of an aggregate that were not seen before, and the sequence of its last one, for an append to expect. */
export interface News {
  readonly events: readonly RecordedEvent[];
  readonly last: number;
}

const MAX_TRIES = 8;
/** Half of the longest pause after the first conflict, in milliseconds: writers that met must not meet again. */
const PAUSE_MS = 20;

/**
 * Reads what an aggregate's log has after a sequence, and acts on it; on a conflict it reads what came since, and acts
 * on that: at most eight times, with growing pauses. Each event is handed over once.
 * @throws {ConcurrencyConflict} when eight tries were not enough.
 * @throws {LogUnavailable} the aggregate's tail could not be read whole.
 * @throws {ReadModelAhead} the stream ends before the sequence: what is known did not happen in this log.
 */
export async function catchUp<Result>(
  store: EventStore,
  aggregate: Aggregate,
  after: number,
  act: (news: News) => Promise<Result>,
): Promise<Result> {
  let sequence = after;
  let events: RecordedEvent[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const tail = await store.tail(aggregate, sequence);
    if (attempt === 1 && after > tail.last) await refuseBeyond(store, aggregate, after);
    events.push(...tail.events);
    // A read model may be ahead of this aggregate's last event, never behind what it says it has seen.
    sequence = tail.events.at(-1)?.sequence ?? sequence;
    if (sequence < tail.last) {
      if (attempt >= MAX_TRIES) throw new LogUnavailable(`${aggregate.prefix} could not be read`);
      continue;
    }
    try {
      return await act({ events, last: Math.max(tail.last, tail.events.at(-1)?.sequence ?? 0) });
    } catch (error) {
      if (!(error instanceof ConcurrencyConflict) || attempt >= MAX_TRIES) throw error;
      await setTimeout(Math.random() * PAUSE_MS * 2 ** attempt);
      events = [];
    }
  }
}

async function refuseBeyond(store: EventStore, { stream, prefix }: Aggregate, after: number): Promise<void> {
  const { last } = await store.extent(stream);
  if (after > last)
    throw new ReadModelAhead(`what is known of ${prefix}`, `${stream} ends at ${last}, not at ${after}`);
}
