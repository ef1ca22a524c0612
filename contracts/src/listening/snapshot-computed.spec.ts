import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SnapshotComputed } from './snapshot-computed.js';

const read = (version: number, name: string) =>
  SnapshotComputed.read({
    id: 'fixture',
    type: SnapshotComputed.type,
    version,
    data: JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')),
  });

it('reads a first version as one of a top list whose artists were not kept', () => {
  expect(read(1, 'snapshot-computed.v1')).toMatchObject({
    weighting: 'tracks',
    period: null,
    audio_features: { avg_valence: 0.4812, coverage: 0.58, known_tracks: 29 },
    mood_patterns: { happy: { percentage: 18, track_count: 9, play_count: null } },
    total_plays_analyzed: null,
    top_artists: null,
    top_genres: [],
    genre_coverage: 0,
    basis_event_id: null,
  });
  expect(read(1, 'snapshot-computed.v1.no-features')?.audio_features.known_tracks).toBe(0);
});

it('reads a second version as it stands', () => {
  expect(read(2, 'snapshot-computed.v2.export')).toMatchObject({ source: 'export', weighting: 'plays' });
});
