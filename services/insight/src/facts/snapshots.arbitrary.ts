import {
  featureNames,
  type MoodName,
  moodNames,
  type Snapshot,
} from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';
import fc from 'fast-check';

const ranges = { tempo: [60, 180], loudness: [-30, 0] } as const;

/** A snapshot with these numbers of tracks a mood; its averages are in the middle of their scales. */
export function snapshotOf(
  counts: Partial<Record<MoodName, number>>,
  change: Partial<Snapshot> & { readonly features?: Partial<Snapshot['audio_features']> } = {},
): Snapshot {
  const total = moodNames.reduce((sum, mood) => sum + (counts[mood] ?? 0), 0);
  const known = total - (counts.unknown ?? 0);
  const shares = moodNames.map((mood) => (total === 0 ? 0 : (counts[mood] ?? 0) / total));
  const entropy = moodNames
    .filter((mood) => mood !== 'unknown' && (counts[mood] ?? 0) > 0)
    .map((mood) => (counts[mood] ?? 0) / known)
    .reduce((sum, p) => sum - p * Math.log(p), 0);
  const { features, ...rest } = change;
  const average = (name: string) => (name === 'tempo' ? 118.4 : name === 'loudness' ? -8.26 : 0.5183);
  const deviation = (name: string) => (name === 'tempo' ? 24.61 : name === 'loudness' ? 3.04 : 0.1729);
  const measures = Object.fromEntries(
    featureNames.flatMap((name) => [
      [`avg_${name}`, known > 0 ? average(name) : null],
      [`std_${name}`, known > 1 ? deviation(name) : null],
    ]),
  ) as Omit<Snapshot['audio_features'], 'coverage' | 'known_tracks' | 'source'>;
  return {
    id: '6f9d2c1e-84b7-5a3f-9d10-2b7c4e6a8f35',
    user_id: '0199b2c4-6f1e-7a35-9c1d-3e5f7a9b1c20',
    source: 'spotify',
    snapshot_date: '2026-11-20',
    time_range: 'medium_term',
    period: null,
    weighting: 'tracks',
    audio_features: {
      ...measures,
      coverage: total === 0 ? 0 : known / total,
      known_tracks: known,
      source: known > 0 ? 'reccobeats' : 'none',
      ...features,
    },
    mood_patterns: Object.fromEntries(
      moodNames.map((mood, index) => [
        mood,
        { track_count: counts[mood] ?? 0, play_count: null, percentage: (shares[index] ?? 0) * 100 },
      ]),
    ) as Snapshot['mood_patterns'],
    mood_diversity_score: known === 0 ? null : Math.min(1, entropy / Math.log(4)),
    total_tracks_analyzed: total,
    total_plays_analyzed: null,
    top_artists: [],
    top_genres: [],
    genre_coverage: 0,
    classifier_version: 'mood-v1',
    created_at: '2026-11-20T08:20:12.455Z',
    ...rest,
  };
}

/** From all of a scale alike: doubles of their own lie near 0 for the most part, and at the ends. */
const within = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.nat(10_000).map((part) => min + ((max - min) * part) / 10_000) },
    { weight: 1, arbitrary: fc.double({ min, max, noNaN: true }) },
  );

const value = (name: string): fc.Arbitrary<number> =>
  name === 'tempo' || name === 'loudness' ? within(ranges[name][0], ranges[name][1]) : within(0, 1);

const spread = (name: string) => within(0, name === 'tempo' ? 45 : name === 'loudness' ? 7 : 0.35);

type Measures = Omit<Snapshot['audio_features'], 'coverage' | 'known_tracks' | 'source'>;
const features: fc.Arbitrary<Measures> = fc
  .tuple(...featureNames.map((name) => fc.tuple(fc.option(value(name)), fc.option(spread(name)))))
  .map(
    (pairs) =>
      Object.fromEntries(
        pairs.flatMap(([average, deviation], at) => [
          [`avg_${featureNames[at]}`, average],
          [`std_${featureNames[at]}`, deviation],
        ]),
      ) as Measures,
  );

const count = fc.oneof(fc.constant(0), fc.nat(4), fc.nat(20), fc.nat(2_000));

/** The same tracks, each mood's played this often on average. */
function played(one: Snapshot, often: Readonly<Record<MoodName, number>>): Snapshot {
  const plays = (mood: MoodName) => one.mood_patterns[mood].track_count * often[mood];
  const total = moodNames.reduce((sum, mood) => sum + plays(mood), 0);
  const deviations = Object.fromEntries(featureNames.map((name) => [`std_${name}`, null]));
  return {
    ...one,
    source: 'export',
    weighting: 'plays',
    total_plays_analyzed: total,
    audio_features: {
      ...one.audio_features,
      ...deviations,
      coverage: total === 0 ? 0 : (total - plays('unknown')) / total,
    },
    mood_patterns: Object.fromEntries(
      moodNames.map((mood) => [
        mood,
        {
          ...one.mood_patterns[mood],
          play_count: plays(mood),
          percentage: total === 0 ? 0 : (100 * plays(mood)) / total,
        },
      ]),
    ) as Snapshot['mood_patterns'],
  };
}

const often = fc.integer({ min: 1, max: 40 });
const plays = fc.option(
  fc.record({ happy: often, calm: often, energetic: often, sad: often, unknown: often }),
  { freq: 2 },
);

/** Snapshots of every kind, of tracks and of plays: ties, moods that are missing, nothing known, no tracks, null averages and deviations. */
export const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    counts: fc.record({ happy: count, calm: count, energetic: count, sad: count, unknown: count }),
    features,
    plays,
    time_range: fc.constantFrom('short_term', 'medium_term', 'long_term'),
    source: fc.constantFrom('spotify', 'simulator'),
    // Snapshots of earlier releases say none.
    confidence: fc.option(within(0, 1), { nil: undefined }),
    // How long ago the first play was, for a history that may be shorter than the range; snapshots of earlier releases say none.
    daysBack: fc.option(fc.nat(400), { nil: undefined }),
    isTied: fc.integer({ min: 1, max: 6 }).map((die) => die === 1),
    snapshot_date: fc
      .date({ min: new Date('2020-01-01'), max: new Date('2039-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
  })
  .map(({ counts: drawn, features: measured, plays: often, confidence, isTied, daysBack, ...rest }) => {
    const most = Math.max(drawn.happy, drawn.calm, drawn.energetic, drawn.sad);
    const counts = isTied ? { ...drawn, happy: most, sad: most } : drawn;
    const isKnown = counts.happy + counts.calm + counts.energetic + counts.sad > 0;
    const counted = snapshotOf(counts, isKnown ? { ...rest, features: measured } : rest);
    const one = confidence === undefined ? counted : firmly(counted, confidence);
    return often ? since(played(one, often), daysBack) : one;
  });

const DAY_MS = 86_400_000;
const DAYS = { short_term: 28, medium_term: 182, long_term: 364 } as const;

/** The same plays in the days of their range, the first of them so long ago. */
function since(one: Snapshot, daysBack: number | undefined): Snapshot {
  const to = Date.parse(`${one.snapshot_date}T00:00:00Z`) + DAY_MS;
  const days = DAYS[one.time_range];
  const at = (day: number) => new Date(to - day * DAY_MS).toISOString();
  return {
    ...one,
    period: { from: at(days), to: at(0) },
    ...(daysBack !== undefined && { first_played_at: at(Math.min(daysBack + 0.5, days)) }),
  };
}

/** The same, each mood that occurs with this confidence. */
const firmly = (one: Snapshot, confidence: number): Snapshot => ({
  ...one,
  mood_patterns: Object.fromEntries(
    moodNames.map((mood) => {
      const share = one.mood_patterns[mood];
      return [mood, mood === 'unknown' || share.track_count === 0 ? share : { ...share, confidence }];
    }),
  ) as Snapshot['mood_patterns'],
});

const averages = fc
  .tuple(...featureNames.map((name) => fc.option(value(name), { nil: null })))
  .map((values) => Object.fromEntries(values.map((one, at) => [`avg_${featureNames[at]}`, one])));

const playedWeek = fc
  .record({
    moods: fc
      .record({ happy: count, calm: count, energetic: count, sad: count, unknown: count })
      .filter((moods) => Object.values(moods).some((plays) => plays > 0)),
    averages,
    repeated: fc.double({ min: 0, max: 1, noNaN: true }),
    timed: fc.constantFrom(0, 0.37, 1),
    hours: fc.double({ min: 0, max: 160, noNaN: true }),
    confidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  })
  .map(({ moods, averages: measures, repeated, timed, hours, confidence }): Omit<Trend, 'from' | 'to'> => {
    const plays = Object.values(moods).reduce((sum, some) => sum + some, 0);
    const coverage = (plays - moods.unknown) / plays;
    return {
      starts_at: '2026-11-08T23:00:00.000Z',
      ends_at: '2026-11-15T23:00:00.000Z',
      plays,
      tracks: Math.max(1, Math.round(plays * repeated)),
      hours: timed === 0 ? null : hours,
      time_coverage: timed,
      moods,
      ...(confidence !== undefined && {
        mood_confidence: {
          happy: moods.happy > 0 ? confidence : null,
          calm: moods.calm > 0 ? confidence : null,
          energetic: moods.energetic > 0 ? confidence : null,
          sad: moods.sad > 0 ? confidence : null,
        },
      }),
      classifier_version: 'mood-v1',
      audio_features: {
        ...(coverage === 0
          ? Object.fromEntries(featureNames.map((name) => [`avg_${name}`, null]))
          : measures),
        coverage,
        source: 'reccobeats',
      } as Trend['audio_features'],
    };
  });

type Undated = Omit<Trend, 'from' | 'to'>;

/** A week that sounds like another in which as much was played, or two or three times as much. */
const alike = (week: Undated, times: number): Undated => ({
  ...week,
  plays: week.plays * times,
  moods: Object.fromEntries(moodNames.map((mood) => [mood, week.moods[mood] * times])) as Trend['moods'],
});

/** Weeks of their own, or such that sound alike. */
const undated: fc.Arbitrary<Undated[]> = fc.oneof(
  { weight: 3, arbitrary: fc.array(playedWeek, { minLength: 1, maxLength: 5 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(playedWeek, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }))
      .map(([week, times]) => [week, ...times.map((often) => alike(week, often))]),
  },
);

/** A week and those before it, newest first, each with plays. */
export const weeks: fc.Arbitrary<Trend[]> = undated.map((all) =>
  all.map((week, ago) => {
    const monday = Date.UTC(2026, 10, 9) - ago * 7 * 86_400_000;
    const [from, to] = [monday, monday + 6 * 86_400_000].map((day) =>
      new Date(day).toISOString().slice(0, 10),
    );
    return { ...week, from: from ?? '', to: to ?? '' };
  }),
);
