import { type MoodName, moodNames, type Snapshot } from '@undertone/contracts/listening/snapshot';
import { CARRYING } from './scale.js';

export type KnownMood = Exclude<MoodName, 'unknown'>;

export const knownMoods = moodNames.filter((mood): mood is KnownMood => mood !== 'unknown');

/**
 * How far the leading mood is ahead, in tracks whose mood is known: it is the only one, is ahead of the next by a tenth
 * of them at most, has more than all others together, or merely leads.
 */
export type Lead = 'sole' | 'majority' | 'narrow' | 'plain';

/** How the moods stand to each other. */
export interface Ranking {
  /** The moods that share first place, and those that share the next; in a fixed order. */
  readonly leaders: readonly KnownMood[];
  readonly seconds: readonly KnownMood[];
  readonly absent: readonly KnownMood[];
  readonly lead: Lead;
  /** How many each of the leaders has, and each of the next; 0 where there are none. */
  readonly first: number;
  readonly second: number;
  /** Tracks, or plays, whose mood is known. */
  readonly sorted: number;
}

/** Who leads, who follows, and by how much. */
export function rank(count: (mood: KnownMood) => number): Ranking {
  const ranks = [...new Set(knownMoods.map(count))].filter((n) => n > 0).sort((a, b) => b - a);
  const [first = 0, second = 0] = ranks;
  const at = (place: number) => (place > 0 ? knownMoods.filter((mood) => count(mood) === place) : []);
  const sorted = knownMoods.reduce((sum, mood) => sum + count(mood), 0);
  return {
    leaders: at(first),
    seconds: at(second),
    absent: knownMoods.filter((mood) => count(mood) === 0),
    lead: leadOf(first, second, sorted),
    first,
    second,
    sorted,
  };
}

function leadOf(first: number, second: number, sorted: number): Lead {
  if (second === 0) return 'sole';
  if (first - second <= sorted / 10) return 'narrow';
  return first * 2 > sorted ? 'majority' : 'plain';
}

/** What the shares count: tracks, or plays by `weighting`. */
export function countIn({ mood_patterns: moods, weighting }: Snapshot, mood: MoodName): number {
  return (weighting === 'plays' ? moods[mood].play_count : null) ?? moods[mood].track_count;
}

type Confidence = number | null | undefined;

/**
 * The mood that is known least firmly, where that is too little.
 * @param confidenceOf an earlier release did not say, and then nothing speaks against it.
 */
export function weakest(
  moods: readonly KnownMood[],
  confidenceOf: (mood: KnownMood) => Confidence,
): KnownMood | undefined {
  const firmness = (mood: KnownMood) => confidenceOf(mood) ?? CARRYING;
  const [weak] = moods.filter((mood) => firmness(mood) < CARRYING).sort((a, b) => firmness(a) - firmness(b));
  return weak;
}
