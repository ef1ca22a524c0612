import type { Aggregate } from '@undertone/contracts/subjects';
import type { NewEvent } from './cloudevents.js';
import { type Appended, ConcurrencyConflict, type EventStore, LogUnavailable } from './event-store.js';

/** What a read model knows of an event: where it is, if it has it, and how far the read model is complete. */
export interface KnownEvent {
  /** Stream sequence of the event; absent when the read model does not have it. */
  readonly at?: number | undefined;
  /** Stream sequence up to which the read model has seen every event; read before `at` was. */
  readonly upTo: number;
}

const MAX_TRIES = 5;

/**
 * Appends a fact whose id is derived from what led to it, unless the log has it: a job that is done again after a
 * crash records nothing twice, however long ago the first time was.
 * @throws {ConcurrencyConflict} when five tries were not enough.
 * @throws {LogUnavailable} the aggregate's tail could not be read whole.
 */
export async function recordOnce(
  store: EventStore,
  aggregate: Aggregate,
  event: NewEvent,
  known: KnownEvent,
): Promise<Appended> {
  if (known.at !== undefined) return { sequence: known.at, duplicate: true };
  for (let attempt = 1; ; attempt += 1) {
    const { events, last: expected } = await store.tail(aggregate, known.upTo);
    const own = events.find(({ id }) => id === event.id);
    if (own) return { sequence: own.sequence, duplicate: true };
    // The event may be in what is missing of the tail.
    if (expected > known.upTo && (events.at(-1)?.sequence ?? 0) < expected) {
      if (attempt >= MAX_TRIES) throw new LogUnavailable(`${aggregate.prefix} could not be read`);
      continue;
    }
    try {
      return await store.append(aggregate, event, expected);
    } catch (error) {
      if (!(error instanceof ConcurrencyConflict) || attempt >= MAX_TRIES) throw error;
    }
  }
}
