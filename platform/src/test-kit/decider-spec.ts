import type { RecordedEvent } from '@undertone/contracts/event';
import { expect } from 'vitest';
import { asRecorded, type Envelope, type NewEvent } from '../event-store/cloudevents.js';
import { type Decider, type Definitions, type EventOf, fold } from '../event-store/decider.js';
import { Rejected } from '../event-store/rejected.js';

/** A domain event, and of how it was recorded what the decider looks at. */
export type Given<Event> = Event & { readonly envelope?: Partial<Envelope> };

/**
 * `given(events).when(command).then([event])`: an aggregate's behaviour in its own words. What is given goes through the
 * log's form, and what is expected has to fit it, so that no spec is about events that the log could not have.
 */
export function specify<Command, State, Events extends Definitions>(
  decider: Decider<Command, State, Events>,
) {
  type Event = EventOf<Events>;
  return {
    given(events: readonly Given<Event>[]) {
      const state = stateAfter(decider, events);
      return {
        when(command: Command) {
          const decide = () => decider.decide(command, state);
          return {
            // biome-ignore lint/suspicious/noThenProperty: the word of given, when, then; nobody awaits it
            then([expected]: readonly [Event]): void {
              const event = decide();
              expect(event).toEqual(expected);
              if (event) recordedAt(decider.events, event, 1);
            },
            thenNothing(): void {
              expect(decide()).toBeUndefined();
            },
            /** @param message of the rejection, or a part of it. */
            thenRejects(code: Rejected['code'], message: string | RegExp = ''): void {
              expect(decide).toThrow(message);
              expect(decide).toThrow(Rejected);
              expect(decide).toThrow(expect.objectContaining({ code }));
            },
          };
        },
      };
    },
  };
}

/** The state that a decider has after domain events. */
export const stateAfter = <State, Events extends Definitions>(
  decider: Decider<never, State, Events>,
  events: readonly Given<EventOf<Events>>[],
): State =>
  fold(
    decider,
    decider.initial,
    events.map((event, i) => recordedAt(decider.events, event, i + 1)),
  );

/** The domain events that commands lead to, one after another, for a `given`. */
export function eventsOf<Command, State, Events extends Definitions>(
  decider: Decider<Command, State, Events>,
  commands: readonly Command[],
  envelopeOf?: (command: Command) => Partial<Envelope>,
): Given<EventOf<Events>>[] {
  const events: Given<EventOf<Events>>[] = [];
  for (const command of commands) {
    const event = decider.decide(command, stateAfter(decider, events));
    if (event) events.push({ ...event, ...(envelopeOf && { envelope: envelopeOf(command) }) });
  }
  return events;
}

function recordedAt(
  definitions: Definitions,
  { type, data, envelope }: Given<{ readonly type: string; readonly data: unknown }>,
  sequence: number,
): RecordedEvent {
  const definition = definitions.find(({ name }) => name === type);
  if (!definition) throw new Error(`the decider does not know ${type}`);
  definition.schema.parse(data);
  return recorded(
    { id: `event ${sequence}`, source: 'test', time: new Date(0), ...envelope, definition, data },
    sequence,
  );
}

/** An event as the log would give it back. */
export const recorded = (event: NewEvent, sequence: number): RecordedEvent =>
  asRecorded(event, { stream: 'TEST', sequence, subject: `test.${event.definition.subjectToken}` });
