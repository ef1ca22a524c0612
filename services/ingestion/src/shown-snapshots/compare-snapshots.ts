import type { Change, SnapshotComparison } from '@undertone/contracts/listening/comparison';
import { featureNames, moodNames, type Snapshot } from '@undertone/contracts/listening/snapshot';

/**
 * What changed from one snapshot of a person to another, b − a. Differences of means and scores are plain
 * differences, those of moods are in percentage points.
 */
export function compareSnapshots(a: Snapshot, b: Snapshot): SnapshotComparison {
  const measures = [
    ...featureNames.flatMap((name) => [`avg_${name}`, `std_${name}`] as const),
    'coverage',
  ] as const;
  const changes = measures.map((name) => [name, change(a.audio_features[name], b.audio_features[name])]);
  const moods = moodNames.map((mood) => [
    mood,
    change(a.mood_patterns[mood].percentage, b.mood_patterns[mood].percentage),
  ]);
  const mismatches = mismatchesOf(a, b);
  return {
    user_id: a.user_id,
    a: sideOf(a),
    b: sideOf(b),
    comparable: mismatches.length === 0,
    mismatches,
    audio_features: Object.fromEntries(changes) as SnapshotComparison['audio_features'],
    mood_patterns: Object.fromEntries(moods) as SnapshotComparison['mood_patterns'],
    mood_diversity_score: change(a.mood_diversity_score, b.mood_diversity_score),
    total_tracks_analyzed: change(a.total_tracks_analyzed, b.total_tracks_analyzed),
    total_plays_analyzed: change(a.total_plays_analyzed, b.total_plays_analyzed),
    top_artists: artistsOf(a, b),
  };
}

const change = (a: number | null, b: number | null): Change => ({
  a,
  b,
  change: a === null || b === null ? null : b - a,
});

const sideOf = ({ id, snapshot_date, time_range, created_at }: Snapshot): SnapshotComparison['a'] => ({
  snapshot_id: id,
  snapshot_date,
  time_range,
  created_at,
});

function mismatchesOf(a: Snapshot, b: Snapshot): SnapshotComparison['mismatches'] {
  const mismatches: SnapshotComparison['mismatches'] = [];
  if (a.time_range !== b.time_range) mismatches.push('time_range');
  if (a.source !== b.source) mismatches.push('source');
  if (a.weighting !== b.weighting) mismatches.push('weighting');
  if (a.audio_features.source !== b.audio_features.source) mismatches.push('feature_source');
  if (a.classifier_version !== b.classifier_version) mismatches.push('classifier_version');
  return mismatches;
}

function artistsOf(a: Snapshot, b: Snapshot): SnapshotComparison['top_artists'] {
  if (!a.top_artists || !b.top_artists) return null;
  const [before, after] = [byId(a.top_artists), byId(b.top_artists)];
  const without = (artists: ArtistsById, others: ArtistsById) =>
    [...artists.values()].filter(({ artist_id }) => !others.has(artist_id));
  const left = without(before, after);
  return { entered: without(after, before), left, stayed: before.size - left.length };
}

type ArtistsById = ReadonlyMap<string, { artist_id: string; name: string | null }>;

const byId = (artists: NonNullable<Snapshot['top_artists']>): ArtistsById =>
  new Map(artists.map(({ artist_id, name }) => [artist_id, { artist_id, name }]));
