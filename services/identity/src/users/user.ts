import { UserRegistered } from '@undertone/contracts/identity/user-registered';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, EventOf } from '@undertone/platform/event-store/decider';
import { derivedId } from '@undertone/platform/ids/ids';

// Events

const events = [UserRegistered] as const;
type UserEvent = EventOf<typeof events>;

// State

/** What the log says of a user. */
export interface UserState {
  readonly registered: boolean;
}

const initial: UserState = { registered: false };

function evolve(_state: UserState, event: UserEvent): UserState {
  switch (event.type) {
    case 'user-registered':
      return { registered: true };
    default:
      return event.type satisfies never;
  }
}

// Commands

export interface RegisterUser {
  readonly userId: string;
  readonly at: Date;
}

function decide({ userId, at }: RegisterUser, state: UserState): UserEvent | undefined {
  if (state.registered) return undefined;
  return { type: 'user-registered', data: { user_id: userId, registered_at: at.toISOString() } };
}

/** A user registers once; saying so again changes nothing. */
export const user: Decider<RegisterUser, UserState, typeof events> = { events, initial, evolve, decide };

// Envelope

/** The id is the same for every try to say that this user registered. */
export const userEnvelope = ({ userId, at }: RegisterUser): Envelope => ({
  id: derivedId(userId, 'registered'),
  source: 'identity',
  time: at,
});
