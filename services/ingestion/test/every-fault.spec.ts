import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import {
  type SpotifyFault,
  type SpotifyFaultInput,
  spotifyFault,
} from '@undertone/simulators/spotify/faults';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Play } from '../src/plays/play.entity.js';
import { type Harness, startHarness } from './harness.js';

type Kind = SpotifyFault['kind'];
type Faulted = {
  readonly fault: SpotifyFaultInput;
  readonly ends: 'well' | 'badly';
  readonly spoils: boolean;
};

/**
 * Every fault there is, how the ingest that meets it ends, and whether it spoils a call, which has then to be made again.
 * Another fault in the simulator is a compile error here, and a failing test.
 */
const FAULTS: Record<Kind, Faulted> = {
  '401': { fault: { kind: '401' }, ends: 'well', spoils: true },
  '403': { fault: { kind: '403' }, ends: 'badly', spoils: true },
  insufficient_scope: { fault: { kind: 'insufficient_scope' }, ends: 'badly', spoils: true },
  '429': { fault: { kind: '429', retryAfter: 1 }, ends: 'well', spoils: true },
  quota: { fault: { kind: 'quota', retryAfter: 1 }, ends: 'well', spoils: true },
  '5xx': { fault: { kind: '5xx', status: 503 }, ends: 'well', spoils: true },
  slow: { fault: { kind: 'slow', ms: 300 }, ends: 'well', spoils: false },
  malformed: { fault: { kind: 'malformed' }, ends: 'well', spoils: true },
  hang: { fault: { kind: 'hang' }, ends: 'well', spoils: true },
  reset: { fault: { kind: 'reset' }, ends: 'well', spoils: true },
  // Of the accounts service: here a request that is refused, and one that nobody asks.
  invalid_grant: { fault: { kind: 'invalid_grant' }, ends: 'badly', spoils: true },
  access_denied: { fault: { kind: 'access_denied' }, ends: 'well', spoils: false },
};
const KINDS = Object.keys(FAULTS) as Kind[];

const PLAYS = '/v1/me/player/recently-played';
const TRACKS = '/v1/me/top/tracks';
const ARTISTS = '/v1/me/top/artists';
const FEATURES = '/reccobeats/v1/audio-features';
const FEATURES_A_CALL = 40;

const START = new Date('2026-11-10T12:00:00Z');
const DAY_MS = 86_400_000;

describe('an ingest that meets a fault', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness(
      { now: START },
      { PROVIDER_TIMEOUT_MS: '1500', INTERACTIVE_SLOTS: String(KINDS.length) },
    );
  });
  afterAll(() => harness.stop());

  const counted = (route: string) => harness.simulator.calls.summary().routes[`GET ${route}`];
  const callsOf = (userId: string, route: string) => counted(route)?.users[userId] ?? 0;

  /** As often as it takes: an ingest that ended badly is asked for again. */
  async function ingestInTheEnd(userId: string, { ends }: Faulted): Promise<void> {
    const { task } = await harness.ingest(userId, 'short_term');
    expect(task.status).toBe(ends === 'well' ? 'SUCCESS' : 'FAILURE');
    if (ends === 'badly') expect((await harness.ingest(userId, 'short_term')).task.status).toBe('SUCCESS');
  }

  /** All that was played from the first fetch's oldest play up to now is there once: in the log, and in the table. */
  async function expectEveryPlayOnce(userId: string): Promise<void> {
    const { plays, clock } = harness.simulator;
    const from = (plays.recent(userId, START.getTime()).at(-1)?.playedAt ?? 0) - 1;
    const truth = plays
      .between(userId, from, clock.now())
      .map(({ track, playedAt }) => `${new Date(playedAt).toISOString()} ${track.id}`);
    const logged = (await harness.listening(userId)).flatMap((event) =>
      (PlaysFetched.read(event)?.plays ?? []).map((play) => `${play.played_at} ${play.track_id}`),
    );
    expect(logged.sort()).toEqual(truth);
    const stored = await eventually('every play is projected', async () => {
      const rows = await harness
        .orm()
        .em.fork()
        .find(Play, { userId }, { orderBy: { playedAt: 'asc' } });
      return rows.length >= truth.length && rows;
    });
    expect(stored.map(({ playedAt, trackId }) => `${playedAt.toISOString()} ${trackId}`)).toEqual(truth);
  }

  it('is tried with every fault that the simulator has', () => {
    const known = spotifyFault.options.map(({ shape }) => shape.kind.value);
    expect([...known].sort()).toEqual([...KINDS].sort());
  });

  it.each([PLAYS, TRACKS, ARTISTS])('of any kind, on %s', async (route) => {
    harness.simulator.clock.set(START);
    const people = KINDS.map((kind) => ({ kind, userId: newId() }));
    await Promise.all(people.map(({ userId }) => harness.ingest(userId, 'short_term')));
    // A day on, all is stale, and there are new plays to lose.
    harness.simulator.clock.advance(DAY_MS);
    harness.simulator.calls.reset();
    for (const { kind, userId } of people) {
      harness.simulator.addFault({ ...FAULTS[kind].fault, route, user: userId, times: 1 });
    }
    await Promise.all(people.map(({ kind, userId }) => ingestInTheEnd(userId, FAULTS[kind])));

    expect(counted(route)?.faults).toEqual(Object.fromEntries(KINDS.map((kind) => [kind, 1])));
    for (const { kind, userId } of people) {
      const made = [PLAYS, TRACKS, ARTISTS].map((called) => callsOf(userId, called));
      const needed = [PLAYS, TRACKS, ARTISTS].map((called) =>
        called === route && FAULTS[kind].spoils ? 2 : 1,
      );
      expect({ kind, made }).toEqual({ kind, made: needed });
      await expectEveryPlayOnce(userId);
    }
  });

  it.each(KINDS)('of kind %s, on the features', async (kind) => {
    harness.simulator.clock.set(START);
    const userId = newId();
    // Nothing is known, so that the provider has to be asked whatever this person listens to.
    await harness.orm().em.fork().execute('delete from audio_features; delete from unknown_features');
    harness.simulator.clearFaults();
    harness.simulator.calls.reset();
    harness.simulator.addFault({ ...FAULTS[kind].fault, route: FEATURES, times: 1 });
    await ingestInTheEnd(userId, FAULTS[kind]);

    const events = await harness.listening(userId);
    const [lists, ...more] = events.flatMap((event) => ListeningIngested.read(event) ?? []);
    expect(more).toEqual([]);
    const needed = Math.ceil((lists?.top_tracks.length ?? 0) / FEATURES_A_CALL);
    expect(needed).toBeGreaterThan(0);
    expect(counted(FEATURES)?.faults).toEqual({ [kind]: 1 });
    expect(counted(FEATURES)?.calls).toBe(FAULTS[kind].spoils ? needed + 1 : needed);
    for (const called of [PLAYS, TRACKS, ARTISTS]) expect(callsOf(userId, called)).toBe(1);
    await expectEveryPlayOnce(userId);
  });
});
