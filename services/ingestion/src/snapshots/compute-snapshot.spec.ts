import { featureNames, moodNames, moodPatterns } from '@undertone/contracts/listening/snapshot';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { describe, expect, it } from 'vitest';
import type { TrackFeatures } from '../audio-features/track-features.js';
import { computeSnapshot } from './compute-snapshot.js';

const NOTHING = Object.fromEntries(featureNames.map((name) => [name, null])) as TrackFeatures;
const features = (known: Partial<TrackFeatures>): TrackFeatures => ({ ...NOTHING, ...known });

const HAPPY = features({ valence: 0.8, energy: 0.6, instrumentalness: 0, tempo: 120, loudness: -6 });
const CALM = features({ valence: 0.2, energy: 0.2, instrumentalness: 0.9, tempo: 70, loudness: -18 });
const SAD = features({ valence: 0.2, energy: 0.3, instrumentalness: 0, tempo: 90, loudness: -9 });
const ENERGETIC = features({ valence: 0.3, energy: 0.9, instrumentalness: 0, tempo: 140, loudness: -3 });

const ingested = (top_tracks: string[]) => ({
  user_id: '0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20',
  time_range: 'short_term' as const,
  source: 'spotify' as const,
  fetched_at: '2026-11-20T23:59:59.999Z',
  top_tracks,
  top_artists: [],
  plays: [],
});
const compute = (tracks: string[], known: Record<string, TrackFeatures> = {}) =>
  computeSnapshot(ingested(tracks), new Map(Object.entries(known)), 'reccobeats');
const counts = (snapshot: ReturnType<typeof compute>) =>
  moodNames.map((mood) => snapshot.mood_patterns[mood].track_count);

describe('a snapshot', () => {
  it('carries where it is from, and the UTC day of the fetch', () => {
    expect(compute([])).toMatchObject({
      source: 'spotify',
      snapshot_date: '2026-11-20',
      time_range: 'short_term',
      classifier_version: 'mood-v1',
      audio_features: { source: 'reccobeats' },
    });
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
      expect(snapshot.mood_patterns[mood]).toEqual({ track_count: 0, play_count: null, percentage: 0 });
    }
  });

  it('of tracks without features is all unknown', () => {
    const snapshot = compute(['a', 'b', 'c']);
    expect(snapshot.audio_features).toMatchObject({ coverage: 0, avg_valence: null, std_valence: null });
    expect(snapshot.mood_patterns.unknown).toEqual({ track_count: 3, play_count: null, percentage: 100 });
    expect(snapshot.mood_diversity_score).toBeNull();
    expect(snapshot.total_tracks_analyzed).toBe(3);
  });

  it('of one track has means and no deviations', () => {
    const snapshot = compute(['a'], { a: HAPPY });
    expect(snapshot.audio_features).toMatchObject({
      avg_valence: 0.8,
      avg_tempo: 120,
      avg_loudness: -6,
      std_valence: null,
      std_tempo: null,
      avg_liveness: null,
      coverage: 1,
    });
    expect(snapshot.mood_patterns.happy).toEqual({ track_count: 1, play_count: null, percentage: 100 });
    expect(snapshot.mood_diversity_score).toBe(0);
  });

  it('averages each measure over the tracks that have it', () => {
    const snapshot = compute(['a', 'b', 'c', 'd'], {
      a: features({ valence: 0.2, energy: 0.1 }),
      b: features({ valence: 0.6 }),
      c: NOTHING,
    });
    expect(snapshot.audio_features.avg_valence).toBeCloseTo(0.4, 14);
    expect(snapshot.audio_features.std_valence).toBeCloseTo(0.28284271247461895, 14);
    expect(snapshot.audio_features).toMatchObject({ avg_energy: 0.1, std_energy: null, avg_tempo: null });
    // The provider knows three of the four tracks, whatever it knows of them; none has all that a mood needs.
    expect(snapshot.audio_features.coverage).toBe(0.75);
    expect(snapshot.mood_patterns.unknown.track_count).toBe(4);
  });

  it('counts moods over all tracks, and diversity over the known ones', () => {
    const snapshot = compute(['h', 'c', 'e', 's', 'u', 'v', 'w', 'x'], {
      h: HAPPY,
      c: CALM,
      e: ENERGETIC,
      s: SAD,
    });
    expect(counts(snapshot)).toEqual([1, 1, 1, 1, 4]);
    expect(snapshot.mood_patterns.happy.percentage).toBe(12.5);
    expect(snapshot.mood_patterns.unknown.percentage).toBe(50);
    expect(snapshot.mood_diversity_score).toBe(1);
    expect(snapshot.audio_features.coverage).toBe(0.5);
  });

  it('leaves out features of tracks that are not in the list', () => {
    const snapshot = compute(['a'], { a: SAD, b: HAPPY });
    expect(snapshot.audio_features.avg_valence).toBe(0.2);
    expect(snapshot.audio_features.coverage).toBe(1);
  });

  it('has percentages that sum to 100 and stay within their schema, whatever the size', () => {
    const kinds = [HAPPY, CALM, SAD, ENERGETIC, NOTHING];
    for (let size = 1; size <= 120; size += 1) {
      const ids = Array.from({ length: size }, (_, index) => `t${index}`);
      const known = Object.fromEntries(ids.map((id, index) => [id, kinds[(index * index) % 5] ?? NOTHING]));
      const snapshot = compute(ids, known);
      const shares = Object.values(snapshot.mood_patterns).map(({ percentage }) => percentage);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 10);
      expect(counts(snapshot).reduce((sum, count) => sum + count, 0)).toBe(size);
      moodPatterns.parse(snapshot.mood_patterns);
    }
  });

  it('is what the event takes', () => {
    const data = {
      snapshot_id: '6f9d2c1e-84b7-5a3f-9d10-2b7c4e6a8f35',
      user_id: '0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20',
      ...compute(['a', 'b'], { a: HAPPY, b: CALM }),
      basis_event_id: '91c4f7a2-3d5e-5b60-8f1a-7c2e9d4b6a05',
      computed_at: '2026-11-21T00:00:00.000Z',
    };
    expect(SnapshotComputed.schema.parse(data)).toEqual(data);
  });
});
