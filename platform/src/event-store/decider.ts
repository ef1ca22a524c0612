import type { EventDefinition, RecordedEvent } from '@undertone/contracts/event';

/** What an event says, by its definition: `{ type: 'user-registered', data: { … } }`. */
type Said<Definition> =
  Definition extends EventDefinition<infer Data, infer Name>
    ? { readonly type: Name; readonly data: Data }
    : never;

/** The definitions of the events that an aggregate understands; no two of them have the same name. */
export type Definitions = readonly EventDefinition[];

/** The union of the events that an aggregate understands, told apart by `type`. */
export type EventOf<Events extends Definitions> = Said<Events[number]>;

/** An event out of the log: what it says, and how and where it was recorded. */
export type Recorded<Event> = Event & { readonly metadata: Omit<RecordedEvent, 'type' | 'version' | 'data'> };

/**
 * The pure heart of an aggregate: what a command leads to, and what an event changes. It knows neither the clock nor the
 * log: ids, times and what has to be looked up come with the command.
 *
 * One aggregate is one file, in this order: its events, its state (`initial`, `evolve`), its commands (`decide`), and the
 * envelope that its events are recorded in.
 */
export interface Decider<Command, State, Events extends Definitions> {
  /** Other events of the aggregate are skipped. */
  readonly events: Events;
  /** The state before the first event. */
  readonly initial: State;
  /** The state after one more event. */
  readonly evolve: (state: State, event: Recorded<EventOf<Events>>) => State;
  /**
   * What happens, or nothing when the state already is as the command wants it.
   * @throws {Rejected} the state does not allow it.
   */
  readonly decide: (command: Command, state: State) => EventOf<Events> | undefined;
}

/**
 * The event as its newest version says it, or `undefined` when it is none of those understood.
 * @throws {UnreadableEvent} it is one of them, and is damaged or was written by a newer release.
 */
export function decode<Events extends Definitions>(
  events: Events,
  recorded: RecordedEvent,
): Recorded<EventOf<Events>> | undefined {
  const { type, version, data, ...metadata } = recorded;
  const definition = events.find((known) => known.type === type);
  if (!definition) return undefined;
  const said = { type: definition.name, data: definition.read(recorded), metadata };
  // What `find` found is one of the tuple's, and so is its event of the union.
  return said as unknown as Recorded<EventOf<Events>>;
}

/**
 * The state after events of the log.
 * @throws {UnreadableEvent} one of them cannot be read; to go on without it would be to decide on a wrong state.
 */
export function fold<State, Events extends Definitions>(
  { events, evolve }: Pick<Decider<never, State, Events>, 'events' | 'evolve'>,
  state: State,
  recorded: readonly RecordedEvent[],
): State {
  return recorded.reduce((before, each) => {
    const event = decode(events, each);
    return event ? evolve(before, event) : before;
  }, state);
}
