import { defineEvent, UnreadableEvent } from '@undertone/contracts/event';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recorded } from '../test-kit/decider-spec.js';
import { decode, type EventOf, fold, type Recorded } from './decider.js';

const Opened = defineEvent({
  context: 'door',
  name: 'opened',
  description: 'a test event',
  schema: z.object({ by: z.string(), at: z.int() }),
  older: [
    {
      schema: z.object({ by: z.string() }),
      upcast: (data: { by: string }) => ({ ...data, at: 0 }),
    },
  ],
});
const Closed = defineEvent({
  context: 'door',
  name: 'closed',
  description: 'a test event',
  schema: z.object({}),
});
const events = [Opened, Closed] as const;
type DoorEvent = EventOf<typeof events>;

const envelope = { id: 'event', source: 'test', time: new Date(0), correlationId: 'job' };
const opened = recorded({ definition: Opened, data: { by: 'somebody', at: 3 }, ...envelope }, 7);
const closed = recorded({ definition: Closed, data: {}, ...envelope }, 8);

describe('an event of a union', () => {
  it('is told by its name, with what it says and how it was recorded', () => {
    expect(decode(events, opened)).toMatchObject({
      type: 'opened',
      data: { by: 'somebody', at: 3 },
      metadata: { id: 'event', sequence: 7, time: '1970-01-01T00:00:00.000Z', correlationId: 'job' },
    });
  });

  it('is of the newest version, whichever was written', () => {
    const old = { ...opened, version: 1, data: { by: 'somebody' } };
    expect(decode(events, old)?.data).toEqual({ by: 'somebody', at: 0 });
  });

  it('is none when it is of another kind, be it of the same name', () => {
    expect(decode([Closed], opened)).toBeUndefined();
    expect(decode(events, { ...opened, type: 'undertone.window.opened' })).toBeUndefined();
  });

  it('stops whoever reads one of a newer version, or a damaged one', () => {
    expect(() => decode(events, { ...opened, version: 3 })).toThrow(UnreadableEvent);
    expect(() => decode(events, { ...opened, data: {} })).toThrow(UnreadableEvent);
  });

  it('has data of its own definition', () => {
    const says = (event: DoorEvent): string => (event.type === 'opened' ? event.data.by : event.type);
    expect(says({ type: 'opened', data: { by: 'somebody', at: 3 } })).toBe('somebody');
    // @ts-expect-error: a closed door says nothing of who closed it
    const wrong: DoorEvent = { type: 'closed', data: { by: 'somebody' }, metadata: {} };
    expect(says(wrong)).toBe('closed');
  });
});

it('folds what it understands, and skips the rest', () => {
  const evolve = (log: string[], { type, metadata }: Recorded<DoorEvent>) => [
    ...log,
    `${type} at ${metadata.sequence}`,
  ];
  const foreign = { ...opened, type: 'undertone.door.painted', version: 9 };
  expect(fold({ events, evolve }, [], [opened, foreign, closed])).toEqual(['opened at 7', 'closed at 8']);
});

it('does not compile where a case is missing', () => {
  const isOpen = (event: DoorEvent): boolean => {
    switch (event.type) {
      case 'opened':
        return true;
      default:
        // @ts-expect-error: `closed` is left
        return event satisfies never;
    }
  };
  expect(isOpen({ type: 'opened', data: { by: 'somebody', at: 3 } })).toBe(true);
});
