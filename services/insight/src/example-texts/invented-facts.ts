import { type FeatureName, featureNames, type Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';
import { type Facts, factsOf } from '../facts/facts.js';
import type { KnownMood } from '../facts/ranking.js';

/** Where each measure lies in general, and how far people's averages lie apart. */
const USUAL: Record<FeatureName, readonly [middle: number, reach: number]> = {
  valence: [0.48, 0.3],
  energy: [0.6, 0.32],
  danceability: [0.57, 0.22],
  acousticness: [0.32, 0.35],
  instrumentalness: [0.22, 0.42],
  speechiness: [0.09, 0.12],
  liveness: [0.19, 0.12],
  tempo: [118, 26],
  loudness: [-9, 5],
};
const SPREAD: Partial<Record<FeatureName, number>> = { tempo: 26, loudness: 3.4 };
const NAMES = ['The Paper Lanterns', 'Ohm & Sons', 'Mira Valdéz', 'Quiet Tram', 'DJ Teaspoon', 'Low Ceiling'];

const WEEK = 7 * 86_400_000;
const RANGES: readonly Snapshot['time_range'][] = ['short_term', 'medium_term', 'long_term'];

/** Numbers from 0 to 1, the same for the same seed (mulberry32, public domain). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const moods: readonly KnownMood[] = ['happy', 'calm', 'energetic', 'sad'];

/** Facts of an invented person, to read texts of; all of them say that they are invented. */
export function inventedFacts(seed: number): Facts {
  const next = numbers(seed * 2_654_435_761);
  const person = Object.fromEntries(featureNames.map((name) => [name, next() * 2 - 1])) as Record<
    FeatureName,
    number
  >;
  // Some have no features, and a few no tracks at all.
  const coverage = seed % 17 === 16 ? 0 : 0.35 + next() * 0.65;
  const total = seed % 31 === 30 ? 0 : 12 + Math.floor(next() * 39);
  const lead = moods[(seed + Math.floor(seed / 4)) % 4];
  const weeks = seed % 5;
  const week = (ago: number): Snapshot => {
    const known = Math.round(total * coverage);
    const weights = moods.map((mood) => next() + (mood === lead ? 0.9 : 0.1));
    const sum = weights.reduce((all, one) => all + one, 0);
    const counts = weights.map((weight) => Math.floor((weight / sum) * known));
    const sorted = counts.reduce((all, one) => all + one, 0);
    const share = (count: number) => ({
      track_count: count,
      play_count: null,
      percentage: (100 * count) / total,
      ...(count > 0 && { confidence: 0.25 + 0.7 * next() }),
    });
    const entropy = counts.filter((n) => n > 0).reduce((h, n) => h - (n / sorted) * Math.log(n / sorted), 0);
    const measures = featureNames.flatMap((name) => {
      const [middle, reach] = USUAL[name];
      const value = middle + reach * (person[name] * 0.85 + (next() * 2 - 1) * 0.15);
      const isShare = name !== 'tempo' && name !== 'loudness';
      const spread = (SPREAD[name] ?? 0.2) * (0.4 + next());
      return [
        [`avg_${name}`, known === 0 ? null : isShare ? Math.min(0.99, Math.max(0.01, value)) : value],
        [`std_${name}`, known < 2 ? null : spread],
      ];
    });
    return {
      id: `00000000-0000-7000-8000-${String(seed * 10 + ago).padStart(12, '0')}`,
      user_id: `00000000-0000-7000-9000-${String(seed).padStart(12, '0')}`,
      source: 'simulator',
      snapshot_date: new Date(Date.UTC(2026, 10, 20) - ago * WEEK).toISOString().slice(0, 10),
      time_range: RANGES[seed % 3] ?? 'short_term',
      period: null,
      weighting: 'tracks',
      audio_features: {
        ...Object.fromEntries(measures),
        coverage: total === 0 ? 0 : known / total,
        known_tracks: known,
        source: 'simulator',
      },
      mood_patterns: {
        happy: share(counts[0] ?? 0),
        calm: share(counts[1] ?? 0),
        energetic: share(counts[2] ?? 0),
        sad: share(counts[3] ?? 0),
        unknown: {
          track_count: total - sorted,
          play_count: null,
          percentage: (100 * (total - sorted)) / total,
        },
      },
      mood_diversity_score: sorted > 0 ? entropy / Math.log(4) : null,
      total_tracks_analyzed: total,
      total_plays_analyzed: null,
      top_artists: null,
      top_genres: [],
      genre_coverage: 0,
      classifier_version: 'mood-v1',
      created_at: '2026-11-20T08:00:00.000Z',
    } as Snapshot;
  };
  // Some have imported their plays.
  const made = (ago: number) => (seed % 4 === 1 && total > 0 ? playedAgain(week(ago), next) : week(ago));
  const snapshot = made(0);
  const earlier = Array.from({ length: weeks }, (_, ago) => made(ago + 1));
  // Most have plays in the last week, some of an API that says no lengths.
  const played = seed % 3 === 0 || total === 0 ? [] : [snapshot, ...earlier];
  return factsOf(snapshot, {
    ...(played.length === 0 && { emptyWeek: { from: '2026-11-09', to: '2026-11-15' } }),
    earlier,
    weeks: played.map((one, ago) => playsOf(one, ago, seed % 2 === 0, next)),
    artists:
      seed % 3 === 0 ? NAMES.slice(seed % 4, (seed % 4) + 2).map((name, at) => ({ rank: at + 1, name })) : [],
  });
}

/** A week in which the tracks of a snapshot were played, some of them again and again. */
function playsOf(like: Snapshot, ago: number, isTimed: boolean, next: () => number): Trend {
  const moods = Object.fromEntries(
    Object.entries(like.mood_patterns).map(([mood, { track_count: tracks }]) => [
      mood,
      Math.round(tracks * (1 + 3 * next())),
    ]),
  ) as Trend['moods'];
  const plays = Object.values(moods).reduce((sum, some) => sum + some, 0);
  const monday = Date.UTC(2026, 10, 9) - ago * WEEK;
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  const averages = featureNames.map((name) => [`avg_${name}`, like.audio_features[`avg_${name}`]] as const);
  return {
    from: day(monday),
    to: day(monday + WEEK - 1),
    starts_at: new Date(monday).toISOString(),
    ends_at: new Date(monday + WEEK).toISOString(),
    plays,
    tracks: like.total_tracks_analyzed,
    hours: isTimed ? plays * (0.05 + next() / 50) : null,
    time_coverage: isTimed ? 1 : 0,
    moods,
    classifier_version: like.classifier_version,
    audio_features: {
      ...(Object.fromEntries(averages) as Omit<Trend['audio_features'], 'coverage' | 'source'>),
      coverage: 1 - moods.unknown / plays,
      source: like.audio_features.source,
    },
  };
}

/** A snapshot of the same tracks, weighted by how often each mood's were played. */
function playedAgain(one: Snapshot, next: () => number): Snapshot {
  const played = Object.entries(one.mood_patterns).map(
    ([mood, { track_count: tracks }]) => [mood, tracks, Math.round(tracks * (1 + 9 * next()))] as const,
  );
  const total = played.reduce((sum, [, , plays]) => sum + plays, 0);
  const moods = Object.fromEntries(
    played.map(([mood, track_count, play_count]) => [
      mood,
      {
        ...one.mood_patterns[mood as KnownMood],
        track_count,
        play_count,
        percentage: (100 * play_count) / total,
      },
    ]),
  ) as Snapshot['mood_patterns'];
  return {
    ...one,
    weighting: 'plays',
    mood_patterns: moods,
    total_plays_analyzed: total,
    audio_features: { ...one.audio_features, coverage: 1 - (moods.unknown.play_count ?? 0) / total },
  };
}
