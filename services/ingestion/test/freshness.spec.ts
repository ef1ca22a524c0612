import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { getSnapshot, listSnapshots } from '@undertone/contracts/listening/rpc';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Play } from '../src/plays/play.entity.js';
import { type Harness, startHarness } from './harness.js';

const START = new Date('2026-11-20T01:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const TRACKS = 'GET /v1/me/top/tracks';
const ARTISTS = 'GET /v1/me/top/artists';
const PLAYS = 'GET /v1/me/player/recently-played';

describe('an ingest that is repeated', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness({ now: START });
  });
  beforeEach(() => harness.simulator.clock.set(START));
  afterAll(() => harness.stop());

  /** One ingest, and what it asked Spotify. */
  async function ingest(userId: string, range: TimeRange) {
    harness.simulator.calls.reset();
    const { task } = await harness.ingest(userId, range);
    expect(task.status).toBe('SUCCESS');
    const result = task.result as { snapshot_id: string; reused: boolean; fetched_at: string };
    const routes = Object.keys(harness.simulator.calls.summary().routes);
    return { ...result, asked: routes.filter((route) => route.startsWith('GET /v1/')) };
  }
  const types = async (userId: string) =>
    (await harness.listening(userId)).map(({ type }) => type.split('.').at(-1));

  it('a minute later answers from what is there, and says so', async () => {
    const userId = newId();
    const first = await ingest(userId, 'short_term');
    expect(first).toMatchObject({ reused: false, fetched_at: START.toISOString() });
    expect(first.asked).toEqual([PLAYS, ARTISTS, TRACKS]);
    harness.simulator.clock.advance(MINUTE_MS);
    expect(await ingest(userId, 'short_term')).toEqual({ ...first, reused: true, asked: [] });
    expect(await types(userId)).toEqual(['plays-fetched', 'listening-ingested', 'snapshot-computed']);
  });

  it('for another range asks for its lists alone', async () => {
    const userId = newId();
    await ingest(userId, 'short_term');
    const other = await ingest(userId, 'long_term');
    expect(other).toMatchObject({ reused: false, asked: [ARTISTS, TRACKS] });
  });

  it('an hour later asks for the last plays alone', async () => {
    const userId = newId();
    const first = await ingest(userId, 'medium_term');
    harness.simulator.clock.advance(HOUR_MS);
    expect(await ingest(userId, 'medium_term')).toEqual({ ...first, reused: true, asked: [PLAYS] });
  });

  it('the next day gives that day a snapshot, from lists that are named and still fresh', async () => {
    const userId = newId();
    const first = await ingest(userId, 'medium_term');
    harness.simulator.clock.advance(24 * HOUR_MS);
    const next = await ingest(userId, 'medium_term');
    expect(next).toMatchObject({ reused: false, fetched_at: first.fetched_at, asked: [PLAYS] });
    expect(next.snapshot_id).not.toBe(first.snapshot_id);
    const { items } = await harness.rpc.ask(listSnapshots, { user_id: userId, limit: 50 });
    expect(items.map(({ snapshot_date }) => snapshot_date)).toEqual(['2026-11-21', '2026-11-20']);
    const events = await harness.listening(userId);
    const lists = events.find(({ type }) => type.endsWith('listening-ingested'));
    const snapshots = events.filter(({ type }) => type.endsWith('snapshot-computed'));
    expect(snapshots.map(({ causationId }) => causationId)).toEqual([lists?.id, lists?.id]);
  });

  it.each([
    ['short_term', 20],
    ['medium_term', 156],
    ['long_term', 312],
  ] as const)('asks for the lists of %s after %i hours', async (range, hours) => {
    const userId = newId();
    await ingest(userId, range);
    harness.simulator.clock.advance(hours * HOUR_MS - 1);
    expect((await ingest(userId, range)).asked).toEqual([PLAYS]);
    harness.simulator.clock.advance(1);
    expect((await ingest(userId, range)).asked).toEqual([ARTISTS, TRACKS]);
  });

  it('asks on a condition: a list that has not changed is not sent again, and the next snapshot rests on it', async () => {
    const userId = newId();
    await ingest(userId, 'short_term');
    // The simulator's lists are those of a UTC day.
    harness.simulator.clock.advance(20 * HOUR_MS);
    const second = await ingest(userId, 'short_term');
    expect(second).toMatchObject({ reused: false, asked: [PLAYS, ARTISTS, TRACKS] });
    const { routes } = harness.simulator.calls.summary();
    expect([routes[ARTISTS]?.statuses, routes[TRACKS]?.statuses]).toEqual([{ 304: 1 }, { 304: 1 }]);
    const lists = (await harness.listening(userId)).flatMap((event) => ListeningIngested.read(event) ?? []);
    expect(lists).toHaveLength(2);
    expect(lists[1]).toEqual({ ...lists[0], fetched_at: second.fetched_at });
  });

  it('later the same day replaces the snapshot, and the old one stays readable by its id', async () => {
    const userId = newId();
    const first = await ingest(userId, 'short_term');
    harness.simulator.clock.advance(21 * HOUR_MS);
    const second = await ingest(userId, 'short_term');
    expect(second.reused).toBe(false);
    const { items } = await harness.rpc.ask(listSnapshots, { user_id: userId, limit: 50 });
    expect(items.map(({ id }) => id)).toEqual([second.snapshot_id]);
    const old = await harness.rpc.ask(getSnapshot, { snapshot_id: first.snapshot_id });
    expect(old.snapshot?.user_id).toBe(userId);
  });

  it('asks for features once, and for what nobody knew once more after a week', async () => {
    const userId = newId();
    const features = () =>
      harness.simulator.calls.summary().routes['GET /reccobeats/v1/audio-features']?.calls ?? 0;
    await ingest(userId, 'long_term');
    harness.simulator.clock.advance(24 * HOUR_MS);
    expect((await ingest(userId, 'long_term')).reused).toBe(false);
    expect(features()).toBe(0);
    harness.simulator.clock.advance(7 * 24 * HOUR_MS);
    expect((await ingest(userId, 'long_term')).reused).toBe(false);
    expect(features()).toBe(1);
  });

  const truth = (userId: string, from: number, to: number) =>
    harness.simulator.plays
      .between(userId, from, to)
      .map(({ track, playedAt }) => `${new Date(playedAt).toISOString()} ${track.id}`);
  const stored = async (userId: string) => {
    const rows = await harness
      .orm()
      .em.fork()
      .find(Play, { userId }, { orderBy: { playedAt: 'asc' } });
    return rows.map(({ trackId, playedAt }) => `${playedAt.toISOString()} ${trackId}`);
  };
  const fetches = async (userId: string) =>
    (await harness.listening(userId)).flatMap((event) => PlaysFetched.read(event) ?? []);

  it('day after day keeps every play once: in the log, and in the table', async () => {
    const userId = newId();
    await ingest(userId, 'short_term');
    const first = harness.simulator.plays.recent(userId, START.getTime()).at(-1)?.playedAt ?? 0;
    for (let day = 1; day <= 5; day += 1) {
      harness.simulator.clock.advance(24 * HOUR_MS);
      await ingest(userId, 'short_term');
    }
    const played = truth(userId, first - 1, harness.simulator.clock.now());
    const told = await fetches(userId);
    const keys = told.flatMap(({ plays }) => plays.map((play) => `${play.played_at} ${play.track_id}`));
    expect(keys.sort()).toEqual(played);
    expect(told.every(({ possible_gap }) => possible_gap === undefined)).toBe(true);
    await eventually('all plays are projected', async () => (await stored(userId)).length >= played.length);
    expect(await stored(userId)).toEqual(played);
  });

  it('after too many plays says between which moments some may be missing', async () => {
    const userId = newId();
    await ingest(userId, 'short_term');
    const newestKnown = harness.simulator.plays.recent(userId, START.getTime())[0];
    harness.simulator.clock.advance(30 * 24 * HOUR_MS);
    await ingest(userId, 'short_term');
    const oldestTold = harness.simulator.plays.recent(userId, harness.simulator.clock.now()).at(-1);
    const [first, second] = await fetches(userId);
    expect(first?.possible_gap).toBeUndefined();
    expect(second?.possible_gap).toEqual({
      after: new Date(newestKnown?.playedAt ?? 0).toISOString(),
      before: new Date(oldestTold?.playedAt ?? 0).toISOString(),
    });
  });
});
