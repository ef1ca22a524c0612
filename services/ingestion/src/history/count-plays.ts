import { IsolationLevel } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type FeatureName,
  type FeatureSource,
  featureNames,
  type MoodName,
  moodNames,
} from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';
import type { TrackFeatures } from '../audio-features/track-features.js';
import type { MoodClassifier } from '../moods/mood-classifier.js';
import { moodConfidence } from '../moods/mood-confidence.js';
import type { Bucket } from './calendar.js';

type Averages = Omit<Trend['audio_features'], 'coverage' | 'source'>;

type KnownMood = Exclude<MoodName, 'unknown'>;
type Confidences = { readonly [K in `${KnownMood}_confidence`]: number | null };

/** What is counted over the plays of one bucket that has any. */
export interface BucketCount extends Averages, Confidences, Omit<Trend['moods'], 'unknown'> {
  /** Position of the bucket, from 1, oldest first. */
  readonly bucket: number;
  readonly plays: number;
  readonly tracks: number;
  /** Plays whose length is known, and its sum in milliseconds. */
  readonly timed: number;
  readonly ms: number;
  /** Plays whose track's features are known. */
  readonly featured: number;
}

/**
 * Counts a person's plays by bucket, with features of one source alone. The mood of a track is what the classifier
 * says, so there is no second wording of its rule in SQL: it is asked once a track, and what it said is joined.
 * @param period its buckets follow on each other, oldest first.
 */
export function countPlays(
  orm: EntityManager,
  userId: string,
  period: { readonly buckets: readonly Bucket[]; readonly since: Date; readonly until: Date },
  { source, classifier }: { source: FeatureSource; classifier: MoodClassifier },
): Promise<BucketCount[]> {
  const { buckets, since, until } = period;
  const bounds = `{${buckets.map(({ startsAt }) => startsAt.toISOString()).join()}}`;
  // One view of the features for both statements.
  return orm.transactional(
    async (em) => {
      const moods = await moodsOfTracks(em, userId, { since, until, source, classifier });
      return em.execute(
        `with counted as (
           select width_bucket(played_at, ?::timestamptz[]) as bucket, track_id,
                  count(*) as plays, count(ms_played) as timed, sum(ms_played) as ms
             from play where user_id = ? and played_at >= ? and played_at < ?
            group by 1, 2
         )
         select bucket, sum(plays)::int as plays, count(*)::int as tracks, sum(timed)::int as timed,
                coalesce(sum(ms), 0)::double precision as ms,
                coalesce(sum(plays) filter (where features.track_id is not null), 0)::int as featured,
                ${knownMoods.map(moodCount).join()}, ${knownMoods.map(moodConfidenceOf).join()},
                ${featureNames.map(average).join()}
           from counted
           left join audio_features as features on features.track_id = counted.track_id and features.source = ?
           left join jsonb_to_recordset(?::jsonb) as mood(track_id text, name text, confidence numeric)
             on mood.track_id = counted.track_id
          group by bucket`,
        [bounds, userId, since, until, source, JSON.stringify(moods)],
      );
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  );
}

const knownMoods = moodNames.filter((mood): mood is KnownMood => mood !== 'unknown');

const moodCount = (mood: MoodName): string =>
  `coalesce(sum(plays) filter (where mood.name = '${mood}'), 0)::int as ${mood}`;

const moodConfidenceOf = (mood: KnownMood): string =>
  `(sum(plays * mood.confidence) filter (where mood.name = '${mood}')
     / sum(plays) filter (where mood.name = '${mood}'))::double precision as ${mood}_confidence`;

/** By `numeric`, whose sum is the same in whatever order the rows come: the same question always gets the same number. */
const average = (name: FeatureName): string =>
  `(sum(plays * ${name}::numeric) / sum(plays) filter (where ${name} is not null))::double precision as avg_${name}`;

interface TrackMood {
  readonly track_id: string;
  readonly name: MoodName;
  readonly confidence: number;
}

/** The known moods of the tracks played between two moments, and how firmly each has its own. */
async function moodsOfTracks(
  em: EntityManager,
  userId: string,
  of: { since: Date; until: Date; source: FeatureSource; classifier: MoodClassifier },
): Promise<TrackMood[]> {
  const rows: ({ track_id: string } & TrackFeatures)[] = await em.execute(
    `select * from audio_features
      where source = ?
        and track_id in (select track_id from play where user_id = ? and played_at >= ? and played_at < ?)`,
    [of.source, userId, of.since, of.until],
  );
  return rows.flatMap((row) => {
    const confidence = moodConfidence(of.classifier, row);
    return confidence === undefined
      ? []
      : [{ track_id: row.track_id, name: of.classifier.moodOf(row), confidence }];
  });
}
