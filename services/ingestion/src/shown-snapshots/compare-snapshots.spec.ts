import { featureNames, moodNames, type Snapshot, snapshot } from '@undertone/contracts/listening/snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { describe, expect, it } from 'vitest';
import { compareSnapshots } from './compare-snapshots.js';

const measures = featureNames.flatMap((name) => [`avg_${name}`, `std_${name}`] as const);
const artist = (artist_id: string) => ({ artist_id, name: null, track_count: 1, play_count: null });

/** Invented; every measure and percentage is the given one. */
function example(value: number, change: Partial<Snapshot> = {}): Snapshot {
  const share = { percentage: value * 100, track_count: 10, play_count: null };
  return snapshot.parse({
    id: newId(),
    user_id: 'b0a8c1d2-0000-4000-8000-000000000001',
    source: 'spotify',
    snapshot_date: '2026-11-23',
    time_range: 'medium_term',
    period: null,
    weighting: 'tracks',
    audio_features: {
      ...Object.fromEntries(measures.map((name) => [name, value])),
      coverage: 0.5,
      known_tracks: 25,
      source: 'reccobeats',
    },
    mood_patterns: Object.fromEntries(moodNames.map((mood) => [mood, share])),
    mood_diversity_score: value,
    total_tracks_analyzed: 50,
    total_plays_analyzed: null,
    top_artists: ['a', 'b'].map(artist),
    top_genres: [],
    genre_coverage: 0,
    classifier_version: 'mood-v1',
    created_at: '2026-11-23T10:00:00Z',
    ...change,
  });
}

describe('comparing two snapshots', () => {
  it('gives b − a of every measure, moods in percentage points', () => {
    const found = compareSnapshots(example(0.25), example(0.75));
    for (const name of measures) {
      expect(found.audio_features[name]).toEqual({ a: 0.25, b: 0.75, change: 0.5 });
    }
    for (const mood of moodNames) expect(found.mood_patterns[mood]).toEqual({ a: 25, b: 75, change: 50 });
    expect(found.mood_diversity_score).toEqual({ a: 0.25, b: 0.75, change: 0.5 });
    expect(found.total_tracks_analyzed.change).toBe(0);
    expect(found).toMatchObject({ comparable: true, mismatches: [] });
  });

  it('says which two it compares, in which order', () => {
    const [a, b] = [example(0.25), example(0.75, { time_range: 'long_term', snapshot_date: '2026-11-24' })];
    const side = ({ id, snapshot_date, time_range, created_at }: Snapshot) => ({
      snapshot_id: id,
      snapshot_date,
      time_range,
      created_at,
    });
    expect(compareSnapshots(a, b)).toMatchObject({ user_id: a.user_id, a: side(a), b: side(b) });
  });

  it('says nothing of a change from or to what is not known', () => {
    const found = compareSnapshots(example(0.5, { mood_diversity_score: null }), example(0.5));
    expect(found.mood_diversity_score).toEqual({ a: null, b: 0.5, change: null });
    const back = compareSnapshots(example(0.5), example(0.5, { mood_diversity_score: null }));
    expect(back.mood_diversity_score).toEqual({ a: 0.5, b: null, change: null });
    expect(found.total_plays_analyzed).toEqual({ a: null, b: null, change: null });
  });

  it('names the artists that came and went', () => {
    const after = example(0.5, { top_artists: ['c', 'a'].map(artist) });
    expect(compareSnapshots(example(0.5), after).top_artists).toEqual({
      entered: [{ artist_id: 'c', name: null }],
      left: [{ artist_id: 'b', name: null }],
      stayed: 1,
    });
    expect(compareSnapshots(example(0.5, { top_artists: null }), after).top_artists).toBeNull();
  });

  const features = example(0.5).audio_features;
  it.each([
    ['time_range', { time_range: 'long_term' }],
    ['source', { source: 'export' }],
    ['weighting', { weighting: 'plays' }],
    ['feature_source', { audio_features: { ...features, source: 'csv' } }],
    ['classifier_version', { classifier_version: 'mood-v0' }],
  ] as const)('warns when the two differ in %s', (mismatch, change) => {
    const found = compareSnapshots(example(0.5), example(0.5, change));
    expect(found).toMatchObject({ comparable: false, mismatches: [mismatch] });
  });
});
