import { derivedId } from '@undertone/platform/ids/ids';
import { specify, stateAfter } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import {
  type ListeningCommand,
  listening,
  listeningEnvelope,
  PLAYS_WITHIN_REACH,
  type ToldPlay,
} from './listening.js';

const USER = derivedId('a person');
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 20, 12, minutes)).toISOString();
const play = (minutes: number, track_id = 'track'): ToldPlay => ({ track_id, played_at: at(minutes) });

const playsData = (fetchedAt: number, plays: ToldPlay[]) => ({
  user_id: USER,
  source: 'spotify' as const,
  fetched_at: at(fetchedAt),
  plays,
});
const listsData = (fetchedAt: number, plays: ToldPlay[] = []) => ({
  ...playsData(fetchedAt, plays),
  time_range: 'short_term' as const,
  top_tracks: ['a'],
  top_artists: [],
});
const fetched = (fetchedAt: number, plays: ToldPlay[]) =>
  ({ type: 'plays-fetched', data: playsData(fetchedAt, plays) }) as const;
const ingested = (fetchedAt: number, jobId = 'another job', plays: ToldPlay[] = []) =>
  ({
    type: 'listening-ingested',
    data: listsData(fetchedAt, plays),
    envelope: { correlationId: jobId },
  }) as const;
const lists = (fetchedAt: number) => ({ type: 'listening-ingested', data: listsData(fetchedAt) }) as const;

const keepLists = (fetchedAt: number, freshAfter: number): ListeningCommand => ({
  type: 'keep lists',
  jobId: 'this job',
  freshAfter: at(freshAfter),
  data: listsData(fetchedAt),
});
const keepPlays = (
  plays: ToldPlay[],
  { fetchedAt = 60, freshAfter = 30, full = false } = {},
): ListeningCommand => ({
  type: 'keep plays',
  jobId: 'this job',
  freshAfter: at(freshAfter),
  full,
  data: playsData(fetchedAt, plays),
});
const { given } = specify(listening);

describe('top lists', () => {
  it('are kept where there are none', () =>
    given([])
      .when(keepLists(60, 0))
      .then([lists(60)]));
  it('are kept where those in the log are stale', () =>
    given([ingested(10)])
      .when(keepLists(60, 10))
      .then([lists(60)]));
  it('are not kept where somebody else’s are fresh', () =>
    given([ingested(10)])
      .when(keepLists(60, 9))
      .thenNothing());
  it('are not kept twice by one job, however long it took', () =>
    given([ingested(10, 'this job')])
      .when(keepLists(600, 599))
      .thenNothing());
});

describe('what a provider told', () => {
  const removed = {
    type: 'provider-data-removed',
    data: { user_id: USER, provider: 'spotify', removed_at: at(20) },
  } as const;
  it('is asked for again once the person had it removed', () =>
    given([ingested(10), removed])
      .when({ ...keepLists(60, 0), removed: 2 })
      .then([lists(60)]));
  it('is no news before it is told again', () =>
    given([fetched(10, [play(5)]), removed])
      .when({ ...keepPlays([play(5)], { full: true }), removed: 2 })
      .then([fetched(60, [play(5)])]));
  it('is not kept by whoever had asked before the person had it removed', () =>
    given([fetched(10, [play(5)]), removed])
      .when(keepPlays([play(50)]))
      .thenRejects('NOT_LINKED', /removed meanwhile/));
});

describe('recent plays', () => {
  it('are kept where nobody asked yet, even if there are none', () =>
    given([])
      .when(keepPlays([]))
      .then([fetched(60, [])]));
  it('are kept without those that are in the log', () =>
    given([fetched(10, [play(8), play(5)])])
      .when(keepPlays([play(50), play(8), play(8, 'other'), play(5)]))
      .then([fetched(60, [play(50), play(8, 'other')])]));
  it('are kept where a device tells late of older ones', () =>
    given([fetched(10, [play(8)])])
      .when(keepPlays([play(8), play(3)]))
      .then([fetched(60, [play(3)])]));
  it('are known from the lists of earlier releases', () =>
    given([ingested(10, 'a job', [play(8)])])
      .when(keepPlays([play(20), play(8)]))
      .then([fetched(60, [play(20)])]));
  it('are asked about, and nothing is new: that is kept when the last time is long ago', () =>
    given([fetched(10, [play(8)])])
      .when(keepPlays([play(8)]))
      .then([fetched(60, [])]));
  it('that somebody else just kept are not kept again', () =>
    given([fetched(59, [play(8)])])
      .when(keepPlays([play(8)]))
      .thenNothing());

  it('are kept at any time where something is new', () =>
    given([fetched(59, [play(8)])])
      .when(keepPlays([play(58), play(8)]))
      .then([fetched(60, [play(58)])]));
  it('are asked about again from the moment on that is no longer fresh', () =>
    given([fetched(30, [play(8)])])
      .when(keepPlays([play(8)], { freshAfter: 30 }))
      .then([fetched(60, [])]));
  it('were not asked about with lists that came without any', () =>
    given([ingested(59)])
      .when(keepPlays([]))
      .then([fetched(60, [])]));

  const withoutGap = expect.not.objectContaining({ possible_gap: expect.anything() });
  const fullPage = (from: number) =>
    Array.from({ length: PLAYS_WITHIN_REACH }, (_, index) => play(from - index));
  const withGap = (after: number) => {
    const possible_gap = { after: at(after), before: at(21) };
    return { type: 'plays-fetched', data: { ...playsData(60, fullPage(70)), possible_gap } } as const;
  };
  it('may have a gap before them when the page is full and none of it was known', () =>
    given([fetched(10, [play(8)])])
      .when(keepPlays(fullPage(70), { full: true }))
      .then([withGap(8)]));
  it('may have a gap since the last time somebody asked, when there had been none', () =>
    given([fetched(10, [])])
      .when(keepPlays(fullPage(70), { full: true }))
      .then([withGap(10)]));
  it('may have a gap since the newest that was known, though older ones were told after it', () =>
    given([fetched(10, [play(8)]), fetched(11, [play(3)])])
      .when(keepPlays(fullPage(70), { full: true }))
      .then([withGap(8)]));
  it('may have a gap since the newest that can have been heard: a time to come says nothing', () =>
    given([fetched(10, [play(200), play(8)])])
      .when(keepPlays(fullPage(70), { full: true }))
      .then([withGap(8)]));
  it('have no gap when Spotify told all that it had', () =>
    given([fetched(10, [play(8)])])
      .when(keepPlays([play(50)]))
      .then([{ type: 'plays-fetched', data: withoutGap }]));
  it('have no gap when the page reaches back to what was known', () =>
    given([fetched(30, [play(21)])])
      .when(keepPlays(fullPage(70), { full: true }))
      .then([{ type: 'plays-fetched', data: withoutGap }]));
  it('have no gap the first time: what was before is simply not known', () =>
    given([])
      .when(keepPlays(fullPage(70), { full: true }))
      .then([{ type: 'plays-fetched', data: withoutGap }]));
});

it('is known with where in the log the lists are, and which job brought them', () => {
  const { type, data } = ingested(10);
  const envelope = { id: 'l', correlationId: 'a job' };
  expect(stateAfter(listening, [fetched(5, []), { type, data, envelope }]).lists).toEqual({
    short_term: { event_id: 'l', sequence: 2, fetched_at: at(10), job_id: 'a job' },
  });
  expect(stateAfter(listening, [{ type, data }]).lists.short_term?.job_id).toBeNull();
});

it('has the last plays that Spotify would tell, newest first and each once, in whatever order they were told', () => {
  const told = [fetched(10, [play(8), play(6)]), fetched(11, [play(7), play(8, 'another'), play(8)])];
  expect(stateAfter(listening, told).recent?.plays).toEqual([
    play(8, 'track'),
    play(8, 'another'),
    play(7),
    play(6),
  ]);
  const many = Array.from({ length: PLAYS_WITHIN_REACH }, (_, index) => play(index));
  const { recent } = stateAfter(listening, [fetched(50, many), fetched(59, [play(55)])]);
  expect(recent?.plays).toEqual([play(55), ...many.slice(1).reverse()]);
});

it.each([keepLists(60, 0), keepPlays([])])('is recorded as of when it was fetched, by its job', (command) => {
  expect(listeningEnvelope('new', command)).toEqual({
    id: 'new',
    source: 'ingestion',
    time: new Date(at(60)),
    correlationId: 'this job',
    causationId: 'this job',
  });
});
