import {
  ListeningIngested,
  type ListeningIngestedData,
} from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched, type PlaysFetchedData } from '@undertone/contracts/listening/plays-fetched';
import { ProviderDataRemoved } from '@undertone/contracts/listening/provider-data-removed';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, EventOf, Recorded } from '@undertone/platform/event-store/decider';
import { Rejected } from '@undertone/platform/event-store/rejected';
import { isInTheFuture } from '../streams/future.js';

/** As many of the last plays as Spotify ever tells. */
export const PLAYS_WITHIN_REACH = 50;

/** One play, as the provider tells it. */
export type ToldPlay = PlaysFetchedData['plays'][number];

// Events

const events = [PlaysFetched, ListeningIngested, ProviderDataRemoved] as const;
type ListeningEvent = EventOf<typeof events>;

// State

/** The top lists of a range: where in the log they are. */
export interface KnownLists {
  readonly event_id: string;
  readonly sequence: number;
  readonly fetched_at: string;
  /** Who fetched them; null in logs of earlier releases. */
  readonly job_id: string | null;
}

/** What decisions on a person's listening are made from. */
export interface Listening {
  readonly lists: Readonly<Partial<Record<TimeRange, KnownLists>>>;
  /** The last plays that the log has of a provider, newest first; null: nobody asked yet. */
  readonly recent: { readonly fetched_at: string; readonly plays: readonly ToldPlay[] } | null;
  /** Sequence of the event by which all that was told before it was removed; absent: none was. */
  readonly removed?: number;
}

const initial: Listening = { lists: {}, recent: null };

function evolve(state: Listening, event: Recorded<ListeningEvent>): Listening {
  switch (event.type) {
    case 'plays-fetched':
      return { ...state, recent: recentAfter(state.recent, event.data) };
    case 'listening-ingested': {
      const { time_range, fetched_at, plays } = event.data;
      const { id: event_id, sequence, correlationId: job_id = null } = event.metadata;
      return {
        ...state,
        lists: { ...state.lists, [time_range]: { event_id, sequence, fetched_at, job_id } },
        // Earlier releases kept the plays with the lists.
        recent: plays.length === 0 ? state.recent : recentAfter(state.recent, event.data),
      };
    }
    // As for a person who was never asked for.
    case 'provider-data-removed':
      return { ...initial, removed: event.metadata.sequence };
    default:
      return event satisfies never;
  }
}

const playKey = ({ track_id, played_at }: ToldPlay): string => `${played_at} ${track_id}`;

function recentAfter(
  recent: Listening['recent'],
  { fetched_at, plays }: { fetched_at: string; plays: readonly ToldPlay[] },
): Listening['recent'] {
  const all = new Map([...plays, ...(recent?.plays ?? [])].map((play) => [playKey(play), play]));
  const newestFirst = [...all.values()].sort((a, b) => (playKey(a) < playKey(b) ? 1 : -1));
  return { fetched_at, plays: newestFirst.slice(0, PLAYS_WITHIN_REACH) };
}

// Commands

interface KeepLists {
  readonly type: 'keep lists';
  readonly data: ListeningIngestedData;
}
interface KeepPlays {
  readonly type: 'keep plays';
  readonly data: PlaysFetchedData;
  /** The provider gave as many as it ever does. */
  readonly full: boolean;
}
export type ListeningCommand = (KeepLists | KeepPlays) & {
  readonly jobId: string;
  /** ISO moment: what was fetched after it is fresh. */
  readonly freshAfter: string;
  /** The removal that was known when the provider was asked. */
  readonly removed?: number | undefined;
};

/** Whether a job may go on with these lists: they are fresh, or it fetched them itself before it was interrupted. */
export const usable = (
  lists: KnownLists | undefined,
  { freshAfter, jobId }: { freshAfter: string; jobId: string },
): lists is KnownLists => lists !== undefined && (lists.fetched_at > freshAfter || lists.job_id === jobId);

function decide(command: ListeningCommand, state: Listening): ListeningEvent | undefined {
  if (state.removed !== command.removed) {
    throw new Rejected('NOT_LINKED', 'what was fetched until now was removed meanwhile');
  }
  switch (command.type) {
    case 'keep lists': {
      const { data } = command;
      // Somebody else asked meanwhile, and their answer is as good.
      if (usable(state.lists[data.time_range], command)) return undefined;
      return { type: 'listening-ingested', data };
    }
    case 'keep plays': {
      const data = onlyNews(command, state.recent);
      const told = data.plays.length > 0 || !state.recent || state.recent.fetched_at <= command.freshAfter;
      return told ? { type: 'plays-fetched', data } : undefined;
    }
    default:
      return command satisfies never;
  }
}

function onlyNews({ data, full }: KeepPlays, recent: Listening['recent']): PlaysFetchedData {
  if (!recent) return data;
  const known = new Set(recent.plays.map(playKey));
  const plays = data.plays.filter((play) => !known.has(playKey(play)));
  const oldest = data.plays.at(-1);
  // A play with a time to come says nothing of how far the log reaches.
  const heard = recent.plays.find(
    ({ played_at }) => !isInTheFuture(new Date(played_at), new Date(recent.fetched_at)),
  );
  const after = heard?.played_at ?? recent.fetched_at;
  if (!full || !oldest || oldest.played_at <= after) return { ...data, plays };
  return { ...data, plays, possible_gap: { after, before: oldest.played_at } };
}

/** A person's listening: what a provider told is kept once, and only while the log has nothing as fresh. */
export const listening: Decider<ListeningCommand, Listening, typeof events> = {
  events,
  initial,
  evolve,
  decide,
};

// Envelope

/** @param id told by nobody but this try: what a provider gave is another fact each time. */
export const listeningEnvelope = (id: string, { jobId, data }: ListeningCommand): Envelope => ({
  id,
  source: 'ingestion',
  time: new Date(data.fetched_at),
  correlationId: jobId,
  causationId: jobId,
});
