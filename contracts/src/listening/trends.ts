import { z } from 'zod';
import { id } from '../id.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { timeZone } from '../time-zone.js';
import { weekday } from '../weekday.js';
import { askedTimeZone, days, inOrder, outOfOrder } from './period.js';
import { type FeatureName, featureNames, featureSource, type MoodName, moodNames } from './snapshot.js';

export const bucketLength = z
  .enum(['day', 'week', 'month'])
  .meta({ id: 'BucketLength', description: 'Of the calendar.' });
export type BucketLength = z.output<typeof bucketLength>;

const asked = {
  user_id: id,
  bucket: bucketLength.default('day'),
  first_day_of_week: weekday.optional().meta({ description: 'On which weeks begin; Monday unless told.' }),
  ...days,
};
const page = { limit, cursor };

export const trendsQuery = z
  .strictObject({ ...asked, time_zone: askedTimeZone, ...page })
  .refine(inOrder, outOfOrder);

const share = z.number().min(0).max(1).nullable();
const count = z.int().min(0);
const means = Object.fromEntries(featureNames.map((name) => [`avg_${name}`, z.number().nullable()])) as {
  [K in `avg_${FeatureName}`]: z.ZodNullable<z.ZodNumber>;
};
const moods = Object.fromEntries(moodNames.map((mood) => [mood, count])) as Record<MoodName, typeof count>;
type KnownMood = Exclude<MoodName, 'unknown'>;
const confidences = Object.fromEntries(
  moodNames.filter((mood) => mood !== 'unknown').map((mood) => [mood, z.number().min(0).max(1).nullable()]),
) as Record<KnownMood, z.ZodNullable<z.ZodNumber>>;

export const trend = z
  .object({
    from: z.iso.date().meta({ description: 'The first day.' }),
    to: z.iso.date().meta({ description: 'The last day; it is included.' }),
    starts_at: z.iso.datetime().meta({ description: 'When the first day begins in the time zone.' }),
    ends_at: z.iso.datetime().meta({ description: 'When the last day is over.' }),
    plays: count,
    possible_gap: z.literal(true).optional().meta({
      description:
        'Plays may be missing: Spotify tells the last 50 alone, and no import has told of the time since.',
    }),
    exceeds_day: z.literal(true).optional().meta({
      description:
        'Of one day at least the streams are longer together than the day: they overlap, so `hours` is more than time that passed.',
    }),
    tracks: count.meta({ description: 'Different tracks.' }),
    hours: z.number().min(0).nullable().meta({
      description:
        'Listened, over the plays whose length is known; null: there are plays, of no known length.',
    }),
    time_coverage: share.meta({
      description: 'Share of the plays whose length is known; null without plays.',
    }),
    moods: z.object(moods).meta({ description: 'Plays by mood.' }),
    mood_confidence: z.object(confidences).optional().meta({
      description:
        'Mean over the plays of each mood, from 0 at the edge to another mood to 1 well inside; null where no play has it.',
    }),
    classifier_version: z.string(),
    audio_features: z
      .object({
        ...means,
        coverage: share.meta({
          description: 'Share of the plays whose track’s features are known; null without plays.',
        }),
        source: featureSource,
      })
      .meta({ description: 'Means over the plays, from one source; null where none is known.' }),
  })
  .meta({ id: 'Trend', description: 'A day, week or month of a person’s calendar.' });
export type Trend = z.output<typeof trend>;

export const trendPage = pageSchema(trend);

export const listTrends = defineRpc({
  service: 'ingestion',
  question: 'list-trends',
  access: { owner: 'user_id' },
  input: z.object({ ...asked, time_zone: timeZone, ...page }),
  output: trendPage,
  timeoutMs: 15_000,
});
export type TrendsQuestion = z.output<typeof listTrends.input>;
