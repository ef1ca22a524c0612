import { TokensStored } from '@undertone/contracts/token/tokens-stored';
import type { Decider } from '@undertone/platform/event-store/decide-and-append';
import { derivedId } from '@undertone/platform/ids/ids';

/** What the log says of a person's link to a provider, as far as a decision needs it. */
export interface LinkState {
  /** Event of the last store. */
  readonly lastStoredId: string | undefined;
}

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

export const unlinked: LinkState = { lastStoredId: undefined };

/** The same for every try to say that these tokens were stored. */
export const storedEventId = (userId: string, storeId: string): string =>
  derivedId(userId, 'tokens stored', storeId);

/** A person links a provider, and again whenever the old link ended; each is said once. */
export const link: Decider<StoreTokens, LinkState> = {
  decide({ userId, provider, storeId, scopes, expiresAt, storedAt }, state) {
    const id = storedEventId(userId, storeId);
    if (state.lastStoredId === id) return undefined;
    return {
      definition: TokensStored,
      id,
      time: storedAt,
      source: 'token',
      data: {
        user_id: userId,
        provider,
        scopes: scopes && [...scopes],
        expires_at: expiresAt.toISOString(),
        stored_at: storedAt.toISOString(),
      },
    };
  },
  evolve: (state, event) => (TokensStored.read(event) ? { lastStoredId: event.id } : state),
};
