import type { RecordedEvent } from '@undertone/contracts/event';
import { expect } from 'vitest';
import type { NewEvent } from '../event-store/cloudevents.js';
import type { Decider } from '../event-store/decide-and-append.js';

/** `given(events).when(command).then(event)`: an aggregate's behaviour in its own words. */
export function specify<Command, State>(decider: Decider<Command, State>, initial: State) {
  return {
    given(events: readonly RecordedEvent[]) {
      const state = events.reduce((before, event) => decider.evolve(before, event), initial);
      return {
        when(command: Command) {
          return {
            // biome-ignore lint/suspicious/noThenProperty: the word of given, when, then; nobody awaits it
            then(expected: Partial<NewEvent>): void {
              expect(decider.decide(command, state)).toMatchObject(expected);
            },
            thenNothing(): void {
              expect(decider.decide(command, state)).toBeUndefined();
            },
            thenThrows(message: string | RegExp): void {
              expect(() => decider.decide(command, state)).toThrow(message);
            },
          };
        },
      };
    },
  };
}

/** An event as the log would give it back. */
export function recorded(event: NewEvent, sequence: number): RecordedEvent {
  return {
    id: event.id,
    type: event.definition.type,
    version: event.definition.version,
    source: event.source,
    subject: `test.${event.definition.subjectToken}`,
    stream: 'TEST',
    sequence,
    time: event.time.toISOString(),
    data: event.data,
  };
}
