import type { Trend } from '@undertone/contracts/listening/trends';
import type { Comparison } from '../../facts/comparison.js';
import type { Facts } from '../../facts/facts.js';
import { averageOf } from '../../facts/numbers.js';
import { rank, weakest } from '../../facts/ranking.js';
import { showDate, shownNumbers } from '../../facts/shown-numbers.js';
import type { Draw } from '../../wording/draw.js';
import { ENOUGH_COVERAGE, type Heard, numberOf } from '../../wording/reading.js';

/** What a summary is about, in words: a week of plays, or a snapshot where there is no such week. */
export interface Told {
  /** `in the week of 9 November`, `over about half a year`. */
  readonly when: string;
  /** `the week`, `this snapshot`. */
  readonly it: string;
  /** What it is compared with: `the weeks before`, `the earlier snapshot`. */
  readonly before: string;
  /** What the four weeks before do not have where nothing can be compared. */
  readonly missing: string;
  /** What stands behind the comparison: `the mean of 3 snapshots, 1 November to 15 November 2026`. */
  readonly basis: string;
}

export function toldOfWeek({ from }: Trend, comparison: Comparison | undefined): Told {
  const several = comparison && comparison.weeks > 1;
  return {
    when: `in the week of ${dayAndMonth(from)}`,
    it: 'the week',
    before: several ? 'the weeks before' : 'the earlier week',
    missing: 'plays',
    basis: comparison ? `${meanOf(comparison, 'week')} with plays, ${daysOf(comparison)}` : '',
  };
}

const SPANS = {
  short_term: ['about four weeks', 'the last four weeks or so'],
  medium_term: ['about half a year', 'the last half year or so'],
  long_term: ['about a year', 'the last year or so'],
} as const;

/** @param range - of an export, which says its days. */
export function toldOfSnapshot(
  { snapshot }: Facts,
  range: string,
  comparison: Comparison | undefined,
  draw: Draw,
): Told {
  const several = comparison && comparison.weeks > 1;
  const span = snapshot.weighting === 'plays' ? range : draw.pick('span', SPANS[snapshot.time_range]);
  return {
    when: `over ${span}`,
    it: 'this snapshot',
    before: several ? 'the earlier snapshots' : 'the earlier snapshot',
    missing: 'snapshot',
    basis: comparison ? `${meanOf(comparison, 'snapshot')}, ${daysOf(comparison)}` : '',
  };
}

const meanOf = ({ weeks }: Comparison, thing: string): string =>
  weeks === 1 ? `one ${thing}` : `the mean of ${weeks} ${thing}s`;

/** `9 November to 15 November 2026`. */
export function daysOf({ from, to }: Pick<Comparison, 'from' | 'to'>): string {
  if (from === to) return showDate(from);
  return `${from.slice(0, 4) === to.slice(0, 4) ? dayAndMonth(from) : showDate(from)} to ${showDate(to)}`;
}

const dayAndMonth = (date: string): string => showDate(date).replace(/ \d{4}$/, '');

/** A week as the sentences need it; its metrics may be asked for as a snapshot's are. */
export function readWeek(facts: Facts, week: Trend): Heard {
  const shown = shownNumbers(facts);
  const count: Heard['count'] = (mood) => week.moods[mood];
  const ranking = rank(count);
  return {
    things: 'plays',
    total: week.plays,
    totalShown: numberOf(shown, 'week.plays'),
    tracks: week.tracks,
    tracksShown: numberOf(shown, 'week.tracks'),
    // How many tracks have a mood a week does not say: no more than were played, or have a play that has one.
    sortedTracks: Math.min(week.tracks, ranking.sorted),
    ...ranking,
    weak: weakest(ranking.leaders, (mood) => week.mood_confidence?.[mood]),
    isPartial: (week.audio_features.coverage ?? 0) < ENOUGH_COVERAGE,
    count,
    average: (name) => averageOf(week, name),
    show: (metric) => numberOf(shown, shown.has(`week.${metric}`) ? `week.${metric}` : metric),
  };
}
