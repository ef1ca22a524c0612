import { z } from 'zod';
import { id } from '../id.js';
import { defineRpc } from '../rpc.js';
import {
  type FeatureName,
  featureNames,
  type MoodName,
  moodNames,
  shownArtist,
  snapshot,
} from './snapshot.js';

export const compareQuery = z.strictObject({
  a: id.meta({ description: 'The snapshot to compare from.' }),
  b: id.meta({ description: 'The snapshot to compare with; of the same person.' }),
});

const value = z.number().nullable();

export const change = z
  .object({ a: value, b: value, change: value })
  .meta({ id: 'Change', description: '`change` is b − a; null where one of the two is unknown.' });
export type Change = z.output<typeof change>;

type MeasureName = `avg_${FeatureName}` | `std_${FeatureName}` | 'coverage';
const measures = Object.fromEntries(
  [...featureNames.flatMap((name) => [`avg_${name}`, `std_${name}`]), 'coverage'].map((name) => [
    name,
    change,
  ]),
) as Record<MeasureName, typeof change>;
const moods = Object.fromEntries(moodNames.map((mood) => [mood, change])) as Record<MoodName, typeof change>;

/** In what two snapshots may differ so that a change between them need not be one of the listening. */
export const mismatch = z
  .enum(['time_range', 'source', 'weighting', 'feature_source', 'classifier_version'])
  .meta({ id: 'Mismatch', description: 'In what the two differ, beside the listening itself.' });

const { id: snapshotId, snapshot_date, time_range, created_at } = snapshot.shape;
const side = z.object({ snapshot_id: snapshotId, snapshot_date, time_range, created_at });

const artist = shownArtist.pick({ artist_id: true, name: true });

export const comparison = z
  .object({
    user_id: id,
    a: side,
    b: side,
    comparable: z.boolean().meta({ description: 'False: a change may come from what `mismatches` names.' }),
    mismatches: z.array(mismatch),
    audio_features: z.object(measures),
    mood_patterns: z.object(moods).meta({ description: 'Percentages; a change is in percentage points.' }),
    mood_diversity_score: change,
    total_tracks_analyzed: change,
    total_plays_analyzed: change,
    top_artists: z
      .object({ entered: z.array(artist), left: z.array(artist), stayed: z.int().min(0) })
      .nullable()
      .meta({
        description: 'Which top artists only `b` has, and which only `a`; null: they were not kept of both.',
      }),
  })
  .meta({ id: 'SnapshotComparison' });
export type SnapshotComparison = z.output<typeof comparison>;

export const compareSnapshots = defineRpc({
  service: 'ingestion',
  question: 'compare-snapshots',
  access: { owner: ['a', 'b'] },
  input: z.object({ a: id, b: id }),
  /** Null: one of them is not there, or they are two people's. */
  output: z.object({ comparison: comparison.nullable() }),
});
