import {
  featureNames,
  moodNames,
  moodPatterns,
  type Weighting,
} from '@undertone/contracts/listening/snapshot';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { features } from '../../test/track-features.js';
import type { TrackFeatures } from '../audio-features/track-features.js';
import { moodV0 } from '../moods/mood-v0.js';
import { moodV1 } from '../moods/mood-v1.js';
import { computeSnapshot } from './compute-snapshot.js';
import type { CountedTrack } from './listened.js';
import { minimumTracks } from './minimums.js';

const HAPPY = features({ valence: 0.8, energy: 0.6, instrumentalness: 0, tempo: 120, loudness: -6 });
const CALM = features({ valence: 0.2, energy: 0.2, instrumentalness: 0.9, tempo: 70, loudness: -18 });
const SAD = features({ valence: 0.2, energy: 0.3, instrumentalness: 0, tempo: 90, loudness: -9 });
const ENERGETIC = features({ valence: 0.3, energy: 0.9, instrumentalness: 0, tempo: 140, loudness: -3 });

const ARTIST = { artist_id: 'artist', track_count: 1, play_count: null };

const once = (ids: readonly string[]): CountedTrack[] => ids.map((id) => ({ id, weight: 1 }));

function compute(
  tracks: readonly CountedTrack[],
  known: Record<string, TrackFeatures> | ReadonlyMap<string, TrackFeatures> = {},
  { weighting = 'tracks', classifier = moodV1 }: { weighting?: Weighting; classifier?: typeof moodV1 } = {},
) {
  const listened = {
    source: 'spotify' as const,
    snapshot_date: '2026-11-20',
    time_range: 'short_term' as const,
    period: null,
    weighting,
    tracks,
    top_artists: [ARTIST],
  };
  const map = known instanceof Map ? known : new Map(Object.entries(known));
  return computeSnapshot(
    listened,
    { features: map, featureSource: 'reccobeats', genres: new Map() },
    classifier,
  );
}
const counts = (snapshot: ReturnType<typeof compute>) =>
  moodNames.map((mood) => snapshot.mood_patterns[mood].track_count);

/** Tracks of one kind, each with its own id. */
const of = (kind: string, known: TrackFeatures, count: number): [string, TrackFeatures][] =>
  Array.from({ length: count }, (_, n) => [`${kind}${n}`, known]);

describe('a snapshot', () => {
  it('carries where it is from', () => {
    expect(compute([])).toMatchObject({
      source: 'spotify',
      snapshot_date: '2026-11-20',
      time_range: 'short_term',
      weighting: 'tracks',
      classifier_version: 'mood-v1',
      audio_features: { source: 'reccobeats' },
      total_plays_analyzed: null,
      top_artists: [ARTIST],
    });
    expect(compute([], {}, { classifier: moodV0 }).classifier_version).toBe('mood-v0');
  });

  it('of no tracks says that nothing is known', () => {
    const snapshot = compute([], { elsewhere: HAPPY });
    expect(snapshot.total_tracks_analyzed).toBe(0);
    expect(snapshot.mood_diversity_score).toBeNull();
    expect(snapshot.audio_features.coverage).toBe(0);
    for (const name of featureNames) {
      expect(snapshot.audio_features[`avg_${name}`]).toBeNull();
      expect(snapshot.audio_features[`std_${name}`]).toBeNull();
    }
    for (const mood of moodNames) {
      expect(snapshot.mood_patterns[mood]).toEqual({ track_count: 0, percentage: 0, play_count: null });
    }
  });

  it('of tracks without features is all unknown', () => {
    const snapshot = compute(once(['a', 'b', 'c']));
    expect(snapshot.audio_features).toMatchObject({ coverage: 0, avg_valence: null, std_valence: null });
    expect(snapshot.mood_patterns.unknown).toEqual({ track_count: 3, percentage: 100, play_count: null });
    expect(snapshot.mood_diversity_score).toBeNull();
    expect(snapshot.total_tracks_analyzed).toBe(3);
  });

  it('tells a mean of five known tracks, a deviation and a diversity of ten, and none of fewer', () => {
    const told = (count: number) => {
      const known = Object.fromEntries(of('h', HAPPY, count));
      const { audio_features, mood_diversity_score } = compute(once(Object.keys(known)), known);
      return [audio_features.avg_tempo, audio_features.std_tempo, mood_diversity_score];
    };
    expect([4, 5, 9, 10].map(told)).toEqual([
      [null, null, null],
      [120, null, null],
      [120, null, null],
      [120, 0, 0],
    ]);
  });

  it('withholds each measure by the tracks that have it, and never a count', () => {
    const snapshot = compute(once(['a', 'b', 'c', 'd', 'e', 'f']), {
      ...Object.fromEntries(['a', 'b', 'c', 'd'].map((id) => [id, features({ valence: 0.2, energy: 0.1 })])),
      e: features({ valence: 0.7 }),
    });
    expect(snapshot.audio_features.avg_valence).toBeCloseTo(0.3, 14);
    expect(snapshot.audio_features.avg_energy).toBeNull();
    // The provider knows five of the six tracks, whatever it knows of them; none has all that a mood needs.
    expect(snapshot.audio_features).toMatchObject({ coverage: 5 / 6, known_tracks: 5 });
    expect(snapshot.mood_patterns.unknown.track_count).toBe(6);
  });

  it('counts moods over all tracks, and diversity over the known ones', () => {
    const known = new Map([
      ...of('h', HAPPY, 3),
      ...of('c', CALM, 3),
      ...of('e', ENERGETIC, 3),
      ...of('s', SAD, 3),
    ]);
    const others = Array.from({ length: 12 }, (_, n) => `u${n}`);
    const snapshot = compute(once([...known.keys(), ...others]), known);
    expect(counts(snapshot)).toEqual([3, 3, 3, 3, 12]);
    expect(snapshot.mood_patterns.happy.percentage).toBe(12.5);
    expect(snapshot.mood_patterns.unknown.percentage).toBe(50);
    expect(snapshot.mood_diversity_score).toBe(1);
    expect(snapshot.audio_features.coverage).toBe(0.5);
  });

  it('leaves out features of tracks that are not in the list', () => {
    const known = Object.fromEntries(of('s', SAD, 5));
    const snapshot = compute(once(Object.keys(known)), { ...known, elsewhere: HAPPY });
    expect(snapshot.audio_features.avg_valence).toBeCloseTo(0.2, 14);
    expect(snapshot.audio_features.coverage).toBe(1);
  });

  it('is what the event takes', () => {
    const data = {
      snapshot_id: '6f9d2c1e-84b7-5a3f-9d10-2b7c4e6a8f35',
      user_id: '0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20',
      ...compute(once(['a', 'b']), { a: HAPPY, b: CALM }),
      basis_event_id: '91c4f7a2-3d5e-5b60-8f1a-7c2e9d4b6a05',
      computed_at: '2026-11-21T00:00:00.000Z',
    };
    expect(SnapshotComputed.schema.parse(data)).toEqual(data);
  });
});

describe('a snapshot of plays', () => {
  it('counts a track as often as it was played, in everything but the minimums', () => {
    const known = Object.fromEntries([...of('h', HAPPY, 1), ...of('s', SAD, 4)]);
    const tracks = [{ id: 'h0', weight: 6 }, ...once(['s0', 's1', 's2', 's3']), { id: 'u', weight: 10 }];
    expect(compute(tracks, known, { weighting: 'plays' })).toMatchObject({
      total_tracks_analyzed: 6,
      total_plays_analyzed: 20,
      audio_features: { avg_tempo: 108, std_tempo: null, coverage: 0.5, known_tracks: 5 },
      mood_patterns: {
        happy: { percentage: 30, track_count: 1, play_count: 6 },
        sad: { percentage: 20, track_count: 4, play_count: 4 },
        unknown: { percentage: 50, track_count: 1, play_count: 10 },
      },
      mood_diversity_score: null,
    });
  });
});

it('a mood says how firmly its tracks have it, each as often as it counts', () => {
  const nearly = features({ valence: 0.62, energy: 0.8, instrumentalness: 0 });
  const heard = [
    { id: 'a', weight: 3 },
    { id: 'b', weight: 1 },
    { id: 'c', weight: 9 },
  ];
  const { mood_patterns } = compute(heard, { a: HAPPY, b: nearly }, { weighting: 'plays' });
  expect(mood_patterns.happy.confidence).toBeCloseTo((3 * 1 + 0.2) / 4, 9);
  expect(mood_patterns.sad).not.toHaveProperty('confidence');
  expect(mood_patterns.unknown).not.toHaveProperty('confidence');
});

describe('whatever was listened to', () => {
  const measure = (min: number, max: number) =>
    fc.option(fc.oneof(fc.double({ min, max, noNaN: true }), fc.constantFrom(0.4, 0.5, 0.6, 0.7)), {
      nil: null,
    });
  const known = fc.record({
    ...(Object.fromEntries(featureNames.map((name) => [name, measure(0, 1)])) as Record<
      (typeof featureNames)[number],
      fc.Arbitrary<number | null>
    >),
    tempo: measure(40, 220),
    loudness: measure(-60, 0),
  });
  const tracks = fc.array(
    fc.record({ weight: fc.integer({ min: 1, max: 500 }), features: fc.option(known, { nil: undefined }) }),
    { maxLength: 40 },
  );
  const classifier = fc.constantFrom(moodV0, moodV1);
  const listenedTo = (told: { weight: number; features: TrackFeatures | undefined }[]) => ({
    counted: told.map(({ weight }, n) => ({ id: `t${n}`, weight })),
    known: new Map(told.flatMap(({ features: own }, n) => (own ? [[`t${n}`, own] as const] : []))),
  });

  it('shares add up to 100, counts to all there is, and everything is within its schema', () => {
    fc.assert(
      fc.property(tracks, classifier, (told, rule) => {
        const { counted, known: map } = listenedTo(told);
        const snapshot = compute(counted, map, { weighting: 'plays', classifier: rule });
        const shares = Object.values(snapshot.mood_patterns);
        const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
        expect(sum(shares.map(({ percentage }) => percentage))).toBeCloseTo(told.length === 0 ? 0 : 100, 8);
        expect(sum(shares.map(({ track_count }) => track_count))).toBe(told.length);
        expect(sum(shares.map(({ play_count }) => play_count ?? Number.NaN))).toBe(
          sum(told.map(({ weight }) => weight)),
        );
        moodPatterns.parse(snapshot.mood_patterns);
        expect(snapshot.audio_features.coverage).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('plays say the same as a list in which each track stands as often as it was played', () => {
    fc.assert(
      fc.property(tracks, classifier, (told, rule) => {
        const few = told.map(({ weight, ...rest }) => ({ ...rest, weight: (weight % 5) + 1 }));
        const { counted, known: map } = listenedTo(few);
        const plays = compute(counted, map, { weighting: 'plays', classifier: rule });
        const spread = few.flatMap(({ features: own, weight }, n) =>
          Array.from({ length: weight }, (_, copy) => ({ id: `t${n}.${copy}`, own })),
        );
        const list = compute(
          spread.map(({ id }) => ({ id, weight: 1 })),
          new Map(spread.flatMap(({ id, own }) => (own ? [[id, own] as const] : []))),
          { classifier: rule },
        );
        for (const name of featureNames.flatMap((one) => [`avg_${one}`, `std_${one}`] as const)) {
          const value = plays.audio_features[name];
          // Withheld for fewer different tracks than the list has.
          if (value !== null) expect(value).toBeCloseTo(list.audio_features[name] ?? Number.NaN, 8);
        }
        for (const mood of moodNames) {
          expect(plays.mood_patterns[mood].play_count).toBe(list.mood_patterns[mood].track_count);
          expect(plays.mood_patterns[mood].percentage).toBeCloseTo(list.mood_patterns[mood].percentage, 10);
        }
        expect(plays.audio_features.coverage).toBeCloseTo(list.audio_features.coverage, 12);
      }),
    );
  });

  it('a value is null exactly where too few different tracks are known', () => {
    fc.assert(
      fc.property(tracks, classifier, (told, rule) => {
        const { counted, known: map } = listenedTo(told);
        const snapshot = compute(counted, map, { weighting: 'plays', classifier: rule });
        for (const name of featureNames) {
          const has = [...map.values()].filter((own) => own[name] !== null).length;
          expect(snapshot.audio_features[`avg_${name}`] === null).toBe(has < minimumTracks.mean);
          expect(snapshot.audio_features[`std_${name}`] === null).toBe(has < minimumTracks.deviation);
        }
        const moods = told.length - snapshot.mood_patterns.unknown.track_count;
        expect(snapshot.mood_diversity_score === null).toBe(moods < minimumTracks.diversity);
      }),
    );
  });

  it('the order of the tracks changes nothing', () => {
    fc.assert(
      fc.property(tracks, (told) => {
        const { counted: forth, known: map } = listenedTo(told);
        const there = compute(forth, map, { weighting: 'plays' });
        const back = compute(forth.toReversed(), map, { weighting: 'plays' });
        for (const mood of moodNames) {
          const shares = [there, back].map(
            (snapshot): { track_count: number; confidence?: number | undefined } =>
              snapshot.mood_patterns[mood],
          );
          const [one, other] = shares;
          expect({ ...other, confidence: null }).toEqual({ ...one, confidence: null });
          expect(other?.confidence ?? -1).toBeCloseTo(one?.confidence ?? -1, 9);
        }
        for (const name of featureNames.flatMap((one) => [`avg_${one}`, `std_${one}`] as const)) {
          const value = there.audio_features[name];
          if (value === null) expect(back.audio_features[name]).toBeNull();
          else expect(back.audio_features[name]).toBeCloseTo(value, 9);
        }
      }),
    );
  });
});
