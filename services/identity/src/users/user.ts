import { UserRegistered } from '@undertone/contracts/identity/user-registered';
import type { Decider } from '@undertone/platform/event-store/decide-and-append';
import { derivedId } from '@undertone/platform/ids/ids';

/** What the log says of a user. */
export interface UserState {
  readonly registered: boolean;
}

export interface RegisterUser {
  readonly userId: string;
  readonly at: Date;
}

export const unknownUser: UserState = { registered: false };

/** The same for every try to say that this user registered. */
export const registeredEventId = (userId: string): string => derivedId(userId, 'registered');

/** A user registers once; saying so again changes nothing. */
export const user: Decider<RegisterUser, UserState> = {
  decide({ userId, at }, state) {
    if (state.registered) return undefined;
    return {
      definition: UserRegistered,
      id: registeredEventId(userId),
      time: at,
      source: 'identity',
      data: { user_id: userId, registered_at: at.toISOString() },
    };
  },
  evolve: (state, event) => (UserRegistered.read(event) ? { registered: true } : state),
};
