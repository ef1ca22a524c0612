import { createHash } from 'node:crypto';
import { featureNames, moodNames } from '@undertone/contracts/listening/snapshot';
import {
  SnapshotComputed,
  type SnapshotComputedData,
} from '@undertone/contracts/listening/snapshot-computed';

const PEOPLE = 500;

/** The n-th snapshot of a group of invented people; every eleventh is replaced by the one after it. */
export function inventedSnapshot(n: number): SnapshotComputedData {
  const person = n % PEOPLE;
  const day = Math.floor(n / PEOPLE);
  const at = new Date(Date.UTC(2024, 0, 1 + day - (day % 11 === 10 ? 1 : 0), 6)).toISOString();
  const share = (k: number) => ((n * 31 + k * 17) % 1_000) / 1_000;
  return SnapshotComputed.schema.parse({
    snapshot_id: uuid(`snapshot ${n}`),
    user_id: uuid(`person ${person}`),
    source: 'simulator',
    snapshot_date: at.slice(0, 10),
    time_range: 'short_term',
    period: null,
    weighting: 'tracks',
    audio_features: {
      ...Object.fromEntries(
        featureNames.flatMap((name, k) => [
          [`avg_${name}`, share(k)],
          [`std_${name}`, share(k + 9) / 2],
        ]),
      ),
      coverage: 0.58,
      known_tracks: 29,
      source: 'simulator',
    },
    mood_patterns: Object.fromEntries(
      moodNames.map((mood) => [mood, { percentage: 20, track_count: 10, play_count: null }]),
    ),
    mood_diversity_score: share(3),
    total_tracks_analyzed: 50,
    total_plays_analyzed: null,
    top_artists: [],
    top_genres: [],
    genre_coverage: 0,
    classifier_version: 'mood-v1',
    basis_event_id: null,
    computed_at: at,
  });
}

function uuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
