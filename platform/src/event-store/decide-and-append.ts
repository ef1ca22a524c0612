import type { RecordedEvent } from '@undertone/contracts/event';
import type { Aggregate } from '@undertone/contracts/subjects';
import { catchUp } from './catch-up.js';
import { asRecorded, type Envelope, type NewEvent } from './cloudevents.js';
import { type Decider, type Definitions, type EventOf, fold } from './decider.js';
import type { Appended, EventStore } from './event-store.js';

/** A state, and the stream sequence up to which it is complete. */
export interface LoadedState<State> {
  readonly state: State;
  readonly sequence: number;
}

/** What is known after a command, its event included: nobody needs to read it again. */
export interface Decided<State> extends LoadedState<State> {
  /** Where the command's event is; absent when there was nothing to do. */
  readonly event?: Appended;
}

/** A command to an aggregate, and how the event that it leads to is recorded. */
export interface Decision<Command, State> {
  readonly aggregate: Aggregate;
  readonly command: Command;
  readonly envelope: Envelope;
  /**
   * The state from a read model, and how far that is: both of one moment, or the sequence read first where `evolve` may see
   * an event twice. Absent: the aggregate is of a few events, and is folded from its first one.
   */
  readonly load?: () => Promise<LoadedState<State>>;
}

/**
 * Loads the state, catches up on the aggregate's tail, decides, and appends what was decided; on a conflict it
 * catches up and decides again, at most eight times. Where the tail has the envelope's id, an earlier try of the command
 * came through, and nothing is decided.
 * @throws {Rejected} the state does not allow the command.
 * @throws {ConcurrencyConflict} when eight tries were not enough.
 * @throws {LogUnavailable} the log did not confirm in time, or the aggregate's tail could not be read whole.
 * @throws {ReadModelAhead} the read model is ahead of the log: a decision by it would be of what did not happen.
 * @throws {UnreadableEvent} the tail has an event that this release cannot read.
 */
export async function decideAndAppend<Command, State, Events extends Definitions>(
  store: EventStore,
  decider: Decider<Command, State, Events>,
  { aggregate, command, envelope, load }: Decision<Command, State>,
): Promise<Decided<State>> {
  let known = load ? await load() : { state: decider.initial, sequence: 0 };
  return catchUp(store, aggregate, known.sequence, async ({ events, last }): Promise<Decided<State>> => {
    known = after(decider, known, events);
    const own = events.find(({ id }) => id === envelope.id);
    if (own) return { ...known, event: { sequence: own.sequence, duplicate: true } };
    const said = decider.decide(command, known.state);
    if (!said) return known;

    const event = inEnvelope(decider.events, said, envelope);
    const appended = await store.append(aggregate, event, last);
    if (appended.duplicate) {
      // An earlier try wrote it: it is in the state already, or among what came since the tail was read.
      return catchUp(store, aggregate, known.sequence, async (news) => ({
        ...after(decider, known, news.events),
        event: appended,
      }));
    }
    const { stream, prefix } = aggregate;
    const subject = `${prefix}.${event.definition.subjectToken}`;
    // By what a reader will get, so that the state is the one that the log gives.
    const recorded = asRecorded(event, { stream, sequence: appended.sequence, subject });
    return { ...after(decider, known, [recorded]), event: appended };
  });
}

const after = <State, Events extends Definitions>(
  decider: Pick<Decider<never, State, Events>, 'events' | 'evolve'>,
  { state, sequence }: LoadedState<State>,
  events: readonly RecordedEvent[],
): LoadedState<State> => ({
  state: fold(decider, state, events),
  sequence: events.at(-1)?.sequence ?? sequence,
});

function inEnvelope<Events extends Definitions>(
  definitions: Events,
  { type, data }: EventOf<Events>,
  envelope: Envelope,
): NewEvent {
  const definition = definitions.find(({ name }) => name === type);
  if (!definition) throw new Error(`the decider does not know its own event ${type}`);
  return { ...envelope, definition, data };
}
