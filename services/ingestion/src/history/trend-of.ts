import { type FeatureSource, featureNames } from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';
import type { Bucket } from './calendar.js';
import type { BucketCount } from './count-plays.js';
import type { Span } from './open-gaps.js';

const MS_PER_HOUR = 3_600_000;

/**
 * A bucket as it is shown: without plays there is no share and no mean, and nothing was listened to.
 * @param count absent when there are no plays.
 */
export function trendOf(
  bucket: Bucket,
  count: BucketCount | undefined,
  {
    source,
    classifierVersion,
    gaps,
    exceeded,
  }: {
    source: FeatureSource;
    classifierVersion: string;
    gaps: readonly Span[];
    exceeded: readonly Pick<Bucket, 'startsAt'>[];
  },
): Trend {
  const {
    plays = 0,
    timed = 0,
    ms = 0,
    featured = 0,
    happy = 0,
    calm = 0,
    energetic = 0,
    sad = 0,
  } = count ?? {};
  const share = (part: number): number | null => (plays === 0 ? null : part / plays);
  const gap = gaps.some(({ since, until }) => since < bucket.endsAt && until > bucket.startsAt);
  const exceeds = exceeded.some(({ startsAt }) => startsAt >= bucket.startsAt && startsAt < bucket.endsAt);
  return {
    from: bucket.from,
    to: bucket.to,
    starts_at: bucket.startsAt.toISOString(),
    ends_at: bucket.endsAt.toISOString(),
    plays,
    ...(gap && { possible_gap: true as const }),
    ...(exceeds && { exceeds_day: true as const }),
    tracks: count?.tracks ?? 0,
    hours: plays > 0 && timed === 0 ? null : ms / MS_PER_HOUR,
    time_coverage: share(timed),
    moods: { happy, calm, energetic, sad, unknown: plays - happy - calm - energetic - sad },
    mood_confidence: {
      happy: count?.happy_confidence ?? null,
      calm: count?.calm_confidence ?? null,
      energetic: count?.energetic_confidence ?? null,
      sad: count?.sad_confidence ?? null,
    },
    classifier_version: classifierVersion,
    audio_features: {
      ...(Object.fromEntries(
        featureNames.map((name) => [`avg_${name}`, count?.[`avg_${name}`] ?? null]),
      ) as Omit<Trend['audio_features'], 'coverage' | 'source'>),
      coverage: share(featured),
      source: featured > 0 ? source : 'none',
    },
  };
}
