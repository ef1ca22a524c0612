import { ReauthDue } from '@undertone/contracts/token/reauth-due';
import { ReauthRequired } from '@undertone/contracts/token/reauth-required';
import { TokensRemoved } from '@undertone/contracts/token/tokens-removed';
import { TokensStored } from '@undertone/contracts/token/tokens-stored';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, EventOf, Recorded } from '@undertone/platform/event-store/decider';
import { derivedId } from '@undertone/platform/ids/ids';

// Events

const events = [TokensStored, ReauthRequired, ReauthDue, TokensRemoved] as const;
type LinkEvent = EventOf<typeof events>;

// State

/** The id of the last event of each type: all that a decision needs. */
export type LinkState = Readonly<Partial<Record<LinkEvent['type'], string>>>;

const initial: LinkState = {};

const evolve = (state: LinkState, { type, metadata }: Recorded<LinkEvent>): LinkState => ({
  ...state,
  [type]: metadata.id,
});

// Commands

/** What came of tokens that were stored, as the vault has it. */
export interface SayOfLink {
  /** Of the store that led to it: tells this link from others of the same person, and its tries from each other not. */
  readonly storeId: string;
  readonly at: Date;
  readonly event: LinkEvent;
}

const decide = (command: SayOfLink, state: LinkState): LinkEvent | undefined =>
  state[command.event.type] === linkEventId(command) ? undefined : command.event;

/** A person links a provider, and again whenever the old link ended; each is said once. */
export const link: Decider<SayOfLink, LinkState, typeof events> = { events, initial, evolve, decide };

// Envelope

/** The same for every try to say that these tokens were stored. */
export const storedEventId = (userId: string, storeId: string): string =>
  // What is in the log is called as it was from the start.
  derivedId(userId, 'tokens stored', storeId);

/** The same for every try to say this. */
export function linkEventId({ storeId, event }: Pick<SayOfLink, 'storeId' | 'event'>): string {
  const { user_id: userId } = event.data;
  if (event.type === 'tokens-stored') return storedEventId(userId, storeId);
  if (event.type === 'reauth-due')
    return derivedId(userId, event.type, storeId, String(event.data.days_left));
  return derivedId(userId, event.type, storeId);
}

export const linkEnvelope = (command: SayOfLink): Envelope => ({
  id: linkEventId(command),
  source: 'token',
  time: command.at,
});
