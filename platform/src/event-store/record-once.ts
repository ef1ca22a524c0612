import type { RecordedEvent } from '@undertone/contracts/event';
import type { Aggregate } from '@undertone/contracts/subjects';
import { catchUp } from './catch-up.js';
import type { NewEvent } from './cloudevents.js';
import type { Appended, EventStore } from './event-store.js';

/** What a read model knows of an event: where it is, if it has it, and how far the read model is complete. */
export interface KnownEvent {
  /** Stream sequence of the event; absent when the read model does not have it. */
  readonly at?: number | undefined;
  /** Stream sequence up to which the read model has seen every event; read before `at` was. */
  readonly upTo: number;
}

/**
 * Appends a fact whose id is derived from what led to it, unless the log has it: a job that is done again after a
 * crash records nothing twice, however long ago the first time was.
 * @param accept throws where events that came since `known` speak against it.
 * @throws {ConcurrencyConflict} when five tries were not enough.
 * @throws {LogUnavailable} the aggregate's tail could not be read whole.
 * @throws {ReadModelAhead} the read model is ahead of the log: a decision by it would be of what did not happen.
 */
export async function recordOnce(
  store: EventStore,
  aggregate: Aggregate,
  event: NewEvent,
  known: KnownEvent,
  accept: (news: readonly RecordedEvent[]) => void = () => undefined,
): Promise<Appended> {
  if (known.at !== undefined) return { sequence: known.at, duplicate: true };
  return catchUp(store, aggregate, known.upTo, async ({ events, last }) => {
    const own = events.find(({ id }) => id === event.id);
    if (own) return { sequence: own.sequence, duplicate: true };
    accept(events);
    return store.append(aggregate, event, last);
  });
}
