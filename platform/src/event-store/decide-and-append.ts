import type { RecordedEvent } from '@undertone/contracts/event';
import type { Aggregate } from '@undertone/contracts/subjects';
import type { NewEvent } from './cloudevents.js';
import { type Appended, ConcurrencyConflict, type EventStore, LogUnavailable } from './event-store.js';

/** The pure heart of an aggregate: what a command leads to, and what an event changes. */
export interface Decider<Command, State> {
  /** One event, or nothing when the state already is as the command wants it. May throw to refuse. */
  decide(command: Command, state: State): NewEvent | undefined;
  evolve(state: State, event: RecordedEvent): State;
}

/** A state, and the stream sequence up to which it is complete. */
export interface LoadedState<State> {
  readonly state: State;
  readonly sequence: number;
}

const MAX_TRIES = 5;

/**
 * Loads the state, catches up on the aggregate's tail, decides, and appends what was decided; on a conflict it
 * catches up and decides again, at most five times.
 * @param load the state from the read model (or the initial one with sequence 0).
 * @returns where the event is, or `undefined` when there was nothing to do.
 * @throws {ConcurrencyConflict} when five tries were not enough.
 * @throws {LogUnavailable} the aggregate's tail could not be read whole.
 */
export async function decideAndAppend<Command, State>(
  store: EventStore,
  aggregate: Aggregate,
  decider: Decider<Command, State>,
  command: Command,
  load: () => Promise<LoadedState<State>>,
): Promise<Appended | undefined> {
  let { state, sequence } = await load();
  for (let attempt = 1; ; attempt += 1) {
    // A read model may be ahead of this aggregate's last event, never behind what it says it has seen.
    const { events, last } = await store.tail(aggregate, sequence);
    for (const event of events) {
      state = decider.evolve(state, event);
      sequence = event.sequence;
    }
    if (sequence < last) {
      if (attempt >= MAX_TRIES) throw new LogUnavailable(`${aggregate.prefix} could not be read`);
      continue;
    }
    const event = decider.decide(command, state);
    if (!event) return undefined;
    try {
      return await store.append(aggregate, event, Math.max(last, events.at(-1)?.sequence ?? 0));
    } catch (error) {
      if (!(error instanceof ConcurrencyConflict) || attempt >= MAX_TRIES) throw error;
    }
  }
}
