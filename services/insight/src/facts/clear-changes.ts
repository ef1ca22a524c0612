import {
  type FeatureName,
  featureNames,
  type MoodName,
  moodNames,
  type Snapshot,
} from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';
import {
  deviationOfEntropy,
  differenceOfMeans,
  differenceOfShares,
  type Interval,
  isBeyondCounting,
  type Mean,
} from '../statistics/differences.js';
import {
  type ComparedMetric,
  FEWEST,
  isVolume,
  plainMetric,
  snapshotNumbers,
  weekNumbers,
} from './numbers.js';
import { reckonedDeviation, sizeOfChange } from './scale.js';

/** One side of a comparison: its numbers, and how much was counted for them. */
export interface Side {
  readonly numbers: ReadonlyMap<ComparedMetric, number>;
  readonly coverage: number;
  /** How many have each mood; parts of ones where a side counts for less. */
  readonly moods: Readonly<Record<MoodName, number>>;
  /** Different tracks whose features are known: however often a track was played, it says its numbers once. */
  readonly tracks: number;
  deviationOf(name: FeatureName): number | null;
}

export const sideOfWeek = (week: Trend): Side => ({
  numbers: weekNumbers(week),
  coverage: week.audio_features.coverage ?? 0,
  moods: week.moods,
  tracks: Math.min(week.tracks, Math.round(week.plays * (week.audio_features.coverage ?? 0))),
  deviationOf: () => null,
});

/** @param counts - for how much of a snapshot it counts. */
export function sideOfSnapshot(snapshot: Snapshot, counts = 1): Side {
  const { audio_features: features, mood_patterns: moods } = snapshot;
  const countOf = (mood: MoodName) => moods[mood].play_count ?? moods[mood].track_count;
  return {
    numbers: snapshotNumbers(snapshot),
    coverage: features.coverage,
    moods: Object.fromEntries(moodNames.map((mood) => [mood, countOf(mood) * counts])) as Side['moods'],
    tracks: features.known_tracks * counts,
    deviationOf: (name) => features[`std_${name}`],
  };
}

const sorted = moodNames.filter((mood) => mood !== 'unknown');
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const sortedOf = ({ moods }: Side): number => sum(sorted.map((mood) => moods[mood]));

/** What can be said of a difference. Of what is neither, too little was counted to tell. */
export interface Verdict {
  /** Whether it is more than the margin of counting, and goes the way it seems to. */
  readonly isClear: boolean;
  /** Whether that margin leaves no difference that could be heard. */
  readonly isSteady: boolean;
}

export const untold: Verdict = { isClear: false, isSteady: false };

/**
 * What can be said of a change: of a mood's by its share of what has a mood, so that one of what is known alone is none. How
 * much was played was counted whole and has no margin.
 */
export function verdictOf(metric: ComparedMetric, by: number, now: Side, past: readonly Side[]): Verdict {
  const plain = plainMetric(metric);
  if (isVolume(metric) || plain.includes('.unknown.')) return { isClear: by !== 0, isSteady: by === 0 };
  const interval = intervalOf(plain, now, past);
  if (interval === undefined) return untold;
  return {
    isClear: by !== 0 && isBeyondCounting(interval) && interval.low > 0 === by > 0,
    isSteady: isInaudible(plain, interval),
  };
}

/** Whether all of it is smaller than the smallest change that can be heard; a share's interval is of 1, its step of 100. */
function isInaudible(metric: string, { low, high }: Interval): boolean {
  const scale = metric.startsWith('mood_patterns.') ? 100 : 1;
  return [low, high].every((end) => sizeOfChange(metric, scale * end) < 1);
}

function intervalOf(metric: string, now: Side, past: readonly Side[]) {
  const mood = sorted.find((one) => metric === `mood_patterns.${one}.percentage`);
  const name = featureNames.find((one) => metric === `avg_${one}`);
  if (mood) {
    const [a, b] = [sortedOf(now), sum(past.map(sortedOf))];
    const before = { hits: sum(past.map(({ moods }) => moods[mood])), trials: b };
    return Math.min(a, b) < FEWEST
      ? undefined
      : differenceOfShares({ hits: now.moods[mood], trials: a }, before);
  }
  if (name) return meansApart(meanOf(name, [now]), meanOf(name, past));
  return meansApart(entropyOf([now]), entropyOf(past));
}

const meansApart = (now: Mean, before: Mean) =>
  Math.min(now.count, before.count) < FEWEST ? undefined : differenceOfMeans(now, before);

/** Of the sides that know it: the mean of theirs, of all that they counted. */
function meanOf(name: FeatureName, sides: readonly Side[]): Mean {
  const known = sides.flatMap((side) => {
    const value = side.numbers.get(`avg_${name}`) ?? side.numbers.get(`week.avg_${name}`);
    return value === undefined ? [] : [{ side, value }];
  });
  return {
    value: sum(known.map(({ value }) => value)) / known.length,
    deviation: sum(known.map(({ side }) => side.deviationOf(name) ?? reckonedDeviation(name))) / known.length,
    count: sum(known.map(({ side }) => side.tracks)),
  };
}

function entropyOf(sides: readonly Side[]): Mean {
  const counts = sorted.map((mood) => sum(sides.map(({ moods }) => moods[mood])));
  const shares = counts.map((count) => count / sum(counts));
  return {
    value: sum(sides.map(({ numbers }) => numbers.get('mood_diversity_score') ?? 0)) / sides.length,
    deviation: deviationOfEntropy(shares) / Math.log(sorted.length),
    count: sum(counts),
  };
}
