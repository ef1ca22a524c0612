import type { FeatureName, MoodName, Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Facts } from '../facts/facts.js';
import { inDays, shortHistory } from '../facts/period-of.js';
import { countIn, type KnownMood, knownMoods, type Ranking, rank, weakest } from '../facts/ranking.js';
import { showDate, shownNumbers } from '../facts/shown-numbers.js';
import type { Draw, Options } from './draw.js';

/** Whether there is anything to write of: tracks at all, then features of them, then moods. */
export type Extent = 'no-tracks' | 'no-features' | 'no-moods' | 'moods';

/** What was heard, of a snapshot or of a week, as the sentences need it. */
export interface Heard extends Ranking {
  /** What the shares are of. */
  readonly things: 'tracks' | 'plays';
  readonly total: number;
  readonly totalShown: string;
  readonly isPartial: boolean;
  /** Different tracks, however often they were played; and of them those whose mood is known, as far as that is told. */
  readonly tracks: number;
  readonly tracksShown: string;
  readonly sortedTracks: number;
  /**
   * Of the moods that lead the one that is known least firmly, where that is not enough for a text to lean on it; undefined
   * where all of them carry one.
   */
  readonly weak: KnownMood | undefined;
  /** How many of the things have a mood. */
  count(mood: MoodName): number;
  /** A measure's mean; null where it is not known. */
  average(name: FeatureName): number | null;
  /** A metric's number as it is shown. @throws {Error} when there is none: a sentence must not ask for it. */
  show(metric: string): string;
}

/** A snapshot as the sentences need it. */
export interface Reading extends Heard {
  readonly snapshot: Snapshot;
  readonly extent: Extent;
  /** Follows "over": `the last few weeks`. */
  readonly range: string;
}

/** Below this share of known features a text says so; near it, so do most people's snapshots. */
export const ENOUGH_COVERAGE = 0.8;

const RANGES: Record<Snapshot['time_range'], Options<string>> = {
  short_term: ['the last few weeks', 'recent weeks'],
  medium_term: ['the last several months', 'recent months'],
  long_term: ['the past year', 'the last year or so'],
};

const LENGTHS = { short_term: 'four weeks', medium_term: 'half year', long_term: 'year' } as const;

/** Of an export, which may be old: "the last few weeks" would be those before it is read. */
function exactRange(snapshot: Snapshot): string {
  const days = shortHistory(snapshot);
  return days
    ? inDays(days)
    : `the ${LENGTHS[snapshot.time_range]} up to ${showDate(snapshot.snapshot_date)}`;
}

/** @param draw - words the time range. */
export function read(facts: Facts, draw: Draw): Reading {
  const { snapshot } = facts;
  const { audio_features: features, weighting } = snapshot;
  const total =
    (weighting === 'plays' ? snapshot.total_plays_analyzed : null) ?? snapshot.total_tracks_analyzed;
  const count = (mood: MoodName) => countIn(snapshot, mood);
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
    tracks: snapshot.total_tracks_analyzed,
    tracksShown: numberOf(shown, 'total_tracks_analyzed'),
    ...ranking,
    weak: weakest(ranking.leaders, (mood) => snapshot.mood_patterns[mood].confidence),
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

/** `50 tracks`, `1 track`. */
export const tracks = (count: string): string => (count === '1' ? '1 track' : `${count} tracks`);

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

/**
 * How much the moods that lead have; where some have no known mood it says that they lead among the others:
 * `9 of 50 tracks (18%), the most of any known mood`.
 */
export function leadersShare(r: Heard): string {
  const share = shareOfEach(r, r.leaders);
  return r.count('unknown') === 0 ? share : `${share}, the most of any known mood`;
}

/** A sentence on what is all but level with the one that leads; none where nothing is. */
export const closeBehind = (r: Heard): string[] =>
  r.lead === 'narrow' && r.leaders.length === 1
    ? [`Close behind: ${listed(r.seconds)}, with ${shareOfEach(r, r.seconds)}.`]
    : [];

/** `29 of 50 tracks`. */
export const coverageInTracks = (r: Reading): string =>
  `${r.show('known_tracks')} of ${tracks(r.show('total_tracks_analyzed'))}`;

/** `happy`, `happy and sad`, `happy, calm and sad`. */
export function listed(moods: readonly string[]): string {
  const last = moods.at(-1) ?? '';
  return moods.length < 2 ? last : `${moods.slice(0, -1).join(', ')} and ${last}`;
}

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
