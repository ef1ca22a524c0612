import { TokensStored } from '@undertone/contracts/token/tokens-stored';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, EventOf, Recorded } from '@undertone/platform/event-store/decider';
import { derivedId } from '@undertone/platform/ids/ids';

// Events

const events = [TokensStored] as const;
type LinkEvent = EventOf<typeof events>;

// State

/** What the log says of a person's link to a provider, as far as a decision needs it. */
export interface LinkState {
  /** Event of the last store. */
  readonly lastStoredId: string | undefined;
}

const initial: LinkState = { lastStoredId: undefined };

function evolve(_state: LinkState, event: Recorded<LinkEvent>): LinkState {
  switch (event.type) {
    case 'tokens-stored':
      return { lastStoredId: event.metadata.id };
    default:
      return event.type satisfies never;
  }
}

// Commands

export interface StoreTokens {
  readonly userId: string;
  readonly provider: 'spotify';
  /** Tells this store from others of the same person, and its tries from each other not. */
  readonly storeId: string;
  /** Null: unknown. */
  readonly scopes: readonly string[] | null;
  readonly expiresAt: Date;
  readonly storedAt: Date;
}

function decide(command: StoreTokens, state: LinkState): LinkEvent | undefined {
  const { userId, provider, storeId, scopes, expiresAt, storedAt } = command;
  if (state.lastStoredId === storedEventId(userId, storeId)) return undefined;
  return {
    type: 'tokens-stored',
    data: {
      user_id: userId,
      provider,
      scopes: scopes && [...scopes],
      expires_at: expiresAt.toISOString(),
      stored_at: storedAt.toISOString(),
    },
  };
}

/** A person links a provider, and again whenever the old link ended; each is said once. */
export const link: Decider<StoreTokens, LinkState, typeof events> = { events, initial, evolve, decide };

// Envelope

/** The same for every try to say that these tokens were stored. */
export const storedEventId = (userId: string, storeId: string): string =>
  derivedId(userId, 'tokens stored', storeId);

export const linkEnvelope = ({ userId, storeId, storedAt }: StoreTokens): Envelope => ({
  id: storedEventId(userId, storeId),
  source: 'token',
  time: storedAt,
});
