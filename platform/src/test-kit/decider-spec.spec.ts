import { defineEvent } from '@undertone/contracts/event';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Decider } from '../event-store/decider.js';
import { Rejected } from '../event-store/rejected.js';
import { eventsOf, specify, stateAfter } from './decider-spec.js';

const Lit = defineEvent({
  context: 'lamp',
  name: 'lit',
  description: 'a test event',
  schema: z.object({ watts: z.int().max(100) }),
});
const events = [Lit] as const;
const lamp: Decider<number, number, typeof events> = {
  events,
  initial: 0,
  evolve: (_, { data }) => data.watts,
  decide(watts, now) {
    if (watts < 0) throw new Rejected('REPLAY_STATE', 'it gives no light');
    return watts === now ? undefined : { type: 'lit', data: { watts } };
  },
};
const lit = (watts: number) => ({ type: 'lit', data: { watts } }) as const;
const { given } = specify(lamp);

describe('a specification', () => {
  it('holds where it is right', () => {
    given([lit(5)])
      .when(7)
      .then([lit(7)]);
    given([lit(5)])
      .when(5)
      .thenNothing();
    given([])
      .when(-1)
      .thenRejects('REPLAY_STATE', /no light/);
  });

  it.each([
    [
      'another event',
      () =>
        given([])
          .when(7)
          .then([lit(8)]),
    ],
    ['an event where nothing was expected', () => given([]).when(7).thenNothing()],
    [
      'nothing where an event was expected',
      () =>
        given([lit(7)])
          .when(7)
          .then([lit(7)]),
    ],
    ['no rejection', () => given([]).when(7).thenRejects('REPLAY_STATE')],
    ['another code', () => given([]).when(-1).thenRejects('REPLAY_NOT_FOUND')],
    ['another message', () => given([]).when(-1).thenRejects('REPLAY_STATE', 'too bright')],
    [
      'an event that the log would not take',
      () =>
        given([])
          .when(500)
          .then([lit(500)]),
    ],
    [
      'a past that the log would not have',
      () =>
        given([lit(500)])
          .when(7)
          .then([lit(7)]),
    ],
  ])('fails on %s', (_, specification) => {
    expect(specification).toThrow();
  });

  it('takes its past from commands, too', () => {
    expect(eventsOf(lamp, [5, 5, 9])).toEqual([lit(5), lit(9)]);
    expect(stateAfter(lamp, [lit(5), lit(9)])).toBe(9);
  });
});
