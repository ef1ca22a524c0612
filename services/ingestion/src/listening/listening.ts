import type { RecordedEvent } from '@undertone/contracts/event';
import {
  ListeningIngested,
  type ListeningIngestedData,
} from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched, type PlaysFetchedData } from '@undertone/contracts/listening/plays-fetched';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import type { NewEvent } from '@undertone/platform/event-store/cloudevents';
import type { Decider } from '@undertone/platform/event-store/decide-and-append';

/** As many of the last plays as Spotify ever tells. */
export const PLAYS_WITHIN_REACH = 50;

/** One play, as the provider tells it. */
export type ToldPlay = PlaysFetchedData['plays'][number];

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
}

export const nothingKnown: Listening = { lists: {}, recent: null };

/** ISO moments: what was fetched after one is fresh. */
export type Command = {
  readonly eventId: string;
  readonly jobId: string;
  readonly freshAfter: string;
} & (
  | { readonly kind: 'keep-lists'; readonly data: ListeningIngestedData }
  | {
      readonly kind: 'keep-plays';
      readonly data: PlaysFetchedData;
      /** The provider gave as many as it ever does. */
      readonly full: boolean;
    }
);

/** Whether a job may go on with these lists: they are fresh, or it fetched them itself before it was interrupted. */
export const usable = (
  lists: KnownLists | undefined,
  { freshAfter, jobId }: { freshAfter: string; jobId: string },
): lists is KnownLists => lists !== undefined && (lists.fetched_at > freshAfter || lists.job_id === jobId);

export const listening: Decider<Command, Listening> = {
  decide(command, state) {
    const { eventId: id, jobId } = command;
    const origin = { source: 'ingestion', correlationId: jobId, causationId: jobId };
    switch (command.kind) {
      case 'keep-lists': {
        const { data } = command;
        // Somebody else asked meanwhile, and their answer is as good.
        if (usable(state.lists[data.time_range], command)) return undefined;
        return { ...origin, definition: ListeningIngested, id, data, time: new Date(data.fetched_at) };
      }
      case 'keep-plays': {
        const data = onlyNews(command, state.recent);
        const told = data.plays.length > 0 || !state.recent || state.recent.fetched_at <= command.freshAfter;
        if (!told) return undefined;
        return { ...origin, definition: PlaysFetched, id, data, time: new Date(data.fetched_at) };
      }
      default:
        return command satisfies never;
    }
  },

  evolve(state, event) {
    const fetched = PlaysFetched.read(event);
    if (fetched) return { ...state, recent: recentAfter(state.recent, fetched) };
    const ingested = ListeningIngested.read(event);
    if (!ingested) return state;
    return {
      lists: { ...state.lists, [ingested.time_range]: knownLists(event, ingested) },
      // Earlier releases kept the plays with the lists.
      recent: ingested.plays.length === 0 ? state.recent : recentAfter(state.recent, ingested),
    };
  },
};

type KeepPlays = Extract<Command, { kind: 'keep-plays' }>;

function onlyNews(
  { data, full }: KeepPlays,
  recent: Listening['recent'],
): NewEvent<PlaysFetchedData>['data'] {
  if (!recent) return data;
  const known = new Set(recent.plays.map(playKey));
  const plays = data.plays.filter((play) => !known.has(playKey(play)));
  const oldest = data.plays.at(-1);
  const after = recent.plays[0]?.played_at ?? recent.fetched_at;
  if (!full || !oldest || oldest.played_at <= after) return { ...data, plays };
  return { ...data, plays, possible_gap: { after, before: oldest.played_at } };
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

const knownLists = (event: RecordedEvent, { fetched_at }: ListeningIngestedData): KnownLists => ({
  event_id: event.id,
  sequence: event.sequence,
  fetched_at,
  job_id: event.correlationId ?? null,
});
