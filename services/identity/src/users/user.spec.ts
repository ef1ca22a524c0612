import { UserRegistered } from '@undertone/contracts/identity/user-registered';
import { fold } from '@undertone/platform/event-store/decider';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { recorded, specify, stateAfter } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { user, userEnvelope } from './user.js';

const userId = newId();
const at = new Date('2026-11-23T10:00:00.000Z');
const registered = {
  type: 'user-registered',
  data: { user_id: userId, registered_at: '2026-11-23T10:00:00.000Z' },
} as const;
const { given } = specify(user);

describe('a user', () => {
  it('registers', () => {
    given([]).when({ userId, at }).then([registered]);
  });

  it('registers once', () => {
    given([registered])
      .when({ userId, at: new Date('2026-11-24T10:00:00.000Z') })
      .thenNothing();
  });

  it('is known by its id alone', () => {
    const event = user.decide({ userId, at }, user.initial);
    expect(Object.keys(event?.data ?? {}).sort()).toEqual(['registered_at', 'user_id']);
  });

  it('is not changed by events of another kind', () => {
    const event = { definition: UserRegistered, data: registered.data, ...userEnvelope({ userId, at }) };
    const other = { ...recorded(event, 1), type: 'undertone.identity.user-renamed' };
    const state = fold(user, user.initial, [other]);
    expect(state).toEqual(user.initial);
    expect(user.decide({ userId, at }, state)).toEqual(registered);
    expect(user.decide({ userId, at }, stateAfter(user, [registered]))).toBeUndefined();
  });
});

it('is announced under an id that follows from the user', () => {
  expect(userEnvelope({ userId, at })).toEqual({
    id: derivedId(userId, 'registered'),
    source: 'identity',
    time: at,
  });
});
