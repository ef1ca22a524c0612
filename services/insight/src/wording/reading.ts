import {
  type FeatureName,
  type MoodName,
  moodNames,
  type Snapshot,
} from '@undertone/contracts/listening/snapshot';
import type { Facts } from '../facts/facts.js';
import { showDate, shownNumbers } from '../facts/shown-numbers.js';
import type { Draw, Options } from './draw.js';

export type KnownMood = Exclude<MoodName, 'unknown'>;

/** Whether there is anything to write of: tracks at all, then features of them, then moods. */
export type Extent = 'no-tracks' | 'no-features' | 'no-moods' | 'moods';

/**
 * How far the leading mood is ahead, in tracks whose mood is known: it is the only one, is ahead of the next by a tenth
 * of them at most, has more than all others together, or merely leads.
 */
export type Lead = 'sole' | 'majority' | 'narrow' | 'plain';

/** What was heard, of a snapshot or of a week, as the sentences need it. */
export interface Heard extends Ranking {
  /** What the shares are of. */
  readonly things: 'tracks' | 'plays';
  readonly total: number;
  readonly totalShown: string;
  readonly isPartial: boolean;
  /** How many of the things have a mood. */
  count(mood: MoodName): number;
  /** A measure's mean; null where it is not known. */
  average(name: FeatureName): number | null;
  /** A metric's number as it is shown. @throws {Error} when there is none: a sentence must not ask for it. */
  show(metric: string): string;
}

/** How the moods stand to each other. */
interface Ranking {
  /** The moods that share first place, and those that share the next; in a fixed order. */
  readonly leaders: readonly KnownMood[];
  readonly seconds: readonly KnownMood[];
  readonly absent: readonly KnownMood[];
  readonly lead: Lead;
  /** Tracks, or plays, whose mood is known. */
  readonly sorted: number;
}

/** A snapshot as the sentences need it. */
export interface Reading extends Heard {
  readonly snapshot: Snapshot;
  readonly extent: Extent;
  /** Follows "over": `the last few weeks`. */
  readonly range: string;
  /** The tracks whose mood is known, however often they were played. */
  readonly sortedTracks: number;
}

/** Below this share of known features a text says so; near it, so do most people's snapshots. */
export const ENOUGH_COVERAGE = 0.8;

const RANGES: Record<Snapshot['time_range'], Options<string>> = {
  short_term: ['the last few weeks', 'recent weeks'],
  medium_term: ['the last several months', 'recent months'],
  long_term: ['the past year', 'the last year or so'],
};

const knownMoods = moodNames.filter((mood): mood is KnownMood => mood !== 'unknown');

const LENGTHS = { short_term: 'four weeks', medium_term: 'half year', long_term: 'year' } as const;

/** Of an export, which may be old: "the last few weeks" would be those before it is read. */
const exactRange = ({ time_range, snapshot_date }: Snapshot): string =>
  `the ${LENGTHS[time_range]} up to ${showDate(snapshot_date)}`;

/** @param draw - words the time range. */
export function read(facts: Facts, draw: Draw): Reading {
  const { snapshot } = facts;
  const { audio_features: features, weighting } = snapshot;
  const total =
    (weighting === 'plays' ? snapshot.total_plays_analyzed : null) ?? snapshot.total_tracks_analyzed;
  const count = (mood: MoodName) => countOf(snapshot, mood);
  const ranking = rank(count);
  const shown = shownNumbers(facts);
  const isMeasured = [...shown.keys()].some((metric) => metric.startsWith('avg_'));
  return {
    snapshot,
    extent:
      total === 0 ? 'no-tracks' : ranking.sorted > 0 ? 'moods' : isMeasured ? 'no-moods' : 'no-features',
    range: weighting === 'plays' ? exactRange(snapshot) : draw.pick('range', RANGES[snapshot.time_range]),
    total,
    totalShown: numberOf(shown, `total_${weighting}_analyzed`),
    things: weighting,
    ...ranking,
    sortedTracks: knownMoods.reduce((sum, mood) => sum + snapshot.mood_patterns[mood].track_count, 0),
    isPartial: features.coverage < ENOUGH_COVERAGE,
    count,
    average: (name) => features[`avg_${name}`],
    show: (metric) => numberOf(shown, metric),
  };
}

/** @throws {Error} there is no such number: a sentence must not ask for it. */
export function numberOf(shown: ReadonlyMap<string, string>, metric: string): string {
  const number = shown.get(metric);
  if (number === undefined) throw new Error(`the facts have no ${metric}`);
  return number;
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
    sorted,
  };
}

function leadOf(first: number, second: number, sorted: number): Lead {
  if (second === 0) return 'sole';
  if (first - second <= sorted / 10) return 'narrow';
  return first * 2 > sorted ? 'majority' : 'plain';
}

/** `50 tracks`, `1 track`. */
export const tracks = (count: string): string => (count === '1' ? '1 track' : `${count} tracks`);

/** What the shares count: tracks, or plays by `weighting`. */
function countOf({ mood_patterns: moods, weighting }: Snapshot, mood: MoodName): number {
  return (weighting === 'plays' ? moods[mood].play_count : null) ?? moods[mood].track_count;
}

/** `50 tracks`, `1 play`. */
export const counted = (r: Pick<Heard, 'things'>, count: string): string =>
  count === '1' ? `1 ${r.things.slice(0, -1)}` : `${count} ${r.things}`;

const countShown = (r: Heard, mood: MoodName): string =>
  r.show(`mood_patterns.${mood}.${r.things === 'plays' ? 'play_count' : 'track_count'}`);

/** How much of all a mood has: `9 of 50 tracks (18%)`, `16 of 40 plays (40%)`. */
export function share(r: Heard, mood: MoodName): string {
  const percentage = r.show(`mood_patterns.${mood}.percentage`);
  if (r.count(mood) === r.total)
    return r.total === 1
      ? `the only ${r.things.slice(0, -1)} there was`
      : `all ${r.totalShown} ${r.things} (${percentage})`;
  return `${countShown(r, mood)} of ${counted(r, r.totalShown)} (${percentage})`;
}

/** How much each of the moods that share a rank has. */
export function shareOfEach(r: Heard, moods: readonly KnownMood[]): string {
  const [mood, ...others] = moods;
  if (mood === undefined) return '';
  if (others.length === 0) return share(r, mood);
  return `${counted(r, countShown(r, mood))} each`;
}

/** `29 of 50 tracks`. */
export const coverageInTracks = (r: Reading): string =>
  `${r.show('known_tracks')} of ${tracks(r.show('total_tracks_analyzed'))}`;

/** `happy`, `happy and sad`, `happy, calm and sad`. */
export function listed(moods: readonly string[]): string {
  const last = moods.at(-1) ?? '';
  return moods.length < 2 ? last : `${moods.slice(0, -1).join(', ')} and ${last}`;
}

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
