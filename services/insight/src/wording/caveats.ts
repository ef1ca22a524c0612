import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { KnownMood } from '../facts/ranking.js';
import type { Draw, Options } from './draw.js';
import { counted, type Heard, share } from './reading.js';

/** Below so many tracks each moves a share by over a tenth. */
const FEW = 10;

const few: Record<ToneMode, Options<string>> = {
  neutral: ['So few tracks have a known mood that each of them moves these shares noticeably.'],
  supportive: ['Only a handful of tracks could be sorted by mood, so take this as a first glimpse.'],
  playful: ['Small sample, big personality: very few tracks had a readable mood, so hold the parade.'],
  direct: ['Few tracks have a known mood. Do not read much into it.'],
};

const single: Record<ToneMode, string> = {
  neutral: 'All that is said of moods rests on a single track, which describes that track and no taste.',
  supportive: 'All that is said of moods rests on a single track, so take it as a first note and no more.',
  playful: 'The entire evidence is a single track, so this is gossip rather than research.',
  direct: 'That is a single track. It says nothing in general.',
};

type OfTracks = (plays: string, tracks: string) => string;
/** Many plays of few tracks are no wide listening, whatever the plays add up to. */
const played: Record<ToneMode, OfTracks> = {
  neutral: (plays, tracks) => `The ${plays} are of ${tracks}, so this describes little more than that.`,
  supportive: (plays, tracks) => `All ${plays} belong to ${tracks}, given plenty of room.`,
  playful: (plays, tracks) => `For the record, the ${plays} are of ${tracks}.`,
  direct: (plays, tracks) => `${plays}, ${tracks}.`,
};

const nearTheEdge: Record<ToneMode, (mood: string, confidence: string) => string> = {
  neutral: (mood, n) =>
    `What was sorted as ${mood} lies near the border to another mood on average (a confidence of ${n} on a scale of 0 to 1), so it is a leaning rather than a finding.`,
  supportive: (mood, n) =>
    `What sounded ${mood} sits close to the border with another mood on average, at a confidence of ${n} on a scale of 0 to 1, so trust your ear before the label.`,
  playful: (mood, n) =>
    `Mind the label: on average, what was called ${mood} stands with one foot in another mood, at a confidence of ${n} on a scale of 0 to 1.`,
  direct: (mood, n) => `Close to another mood on average: ${mood}, confidence ${n}, from 0 to 1.`,
};

/** That few tracks, however often they were played, make no picture; empty where there are enough. */
export function ofFewTracks(r: Heard, tone: ToneMode): string[] {
  if (r.things !== 'plays' || r.tracks >= FEW || r.total < 2 * r.tracks) return [];
  const tracks = r.tracks === 1 ? 'one and the same track' : `${r.tracksShown} tracks`;
  return [played[tone](counted(r, r.totalShown), tracks)];
}

type Amount = 'most' | 'more' | 'even';
/** Where no less is unknown than the mood that leads has: most of all, more than that, or as much. */
const unknowns: Record<ToneMode, Record<Amount, (share: string) => string>> = {
  neutral: {
    most: (share) => `Most have no known mood: ${share}.`,
    more: (share) => `More than that have no known mood: ${share}.`,
    even: (share) => `As many have no known mood: ${share}.`,
  },
  supportive: {
    most: (share) => `Most of it keeps its mood to itself, unknown for ${share}.`,
    more: (share) => `A larger part keeps its mood to itself, unknown for ${share}.`,
    even: (share) => `Just as much keeps its mood to itself, unknown for ${share}.`,
  },
  playful: {
    most: (share) => `Most of the guests came masked, with a mood unknown for ${share}.`,
    more: (share) => `The masked party is larger, with a mood unknown for ${share}.`,
    even: (share) => `The masked party is as large, with a mood unknown for ${share}.`,
  },
  direct: {
    most: (share) => `Unknown: ${share}, most of it.`,
    more: (share) => `Unknown: ${share}, more than that.`,
    even: (share) => `Unknown: ${share}, as many.`,
  },
};

function unknownAgainst(r: Heard, leader: KnownMood): Amount | undefined {
  const unknown = r.count('unknown');
  if (unknown < r.count(leader)) return undefined;
  return 2 * unknown > r.total ? 'most' : unknown > r.count(leader) ? 'more' : 'even';
}

/** What a reader should know before taking shares of moods for much. */
export function caveats(r: Heard, tone: ToneMode, draw: Draw): string[] {
  const [leader] = r.leaders;
  const unknown = leader && r.isPartial ? unknownAgainst(r, leader) : undefined;
  return [
    ...(unknown ? [unknowns[tone][unknown](share(r, 'unknown'))] : []),
    ...(r.weak ? [nearTheEdge[tone](r.weak, r.show(`mood_patterns.${r.weak}.confidence`))] : []),
    ...(r.sortedTracks === 1 ? [single[tone]] : r.sortedTracks < FEW ? [draw.pick('few', few[tone])] : []),
    ...ofFewTracks(r, tone),
  ];
}

/** Titles that name no mood, where the one that leads does not carry a text. */
export const undecidedTitles: Record<ToneMode, string> = {
  neutral: 'Near the border between moods',
  supportive: 'Somewhere between two moods',
  playful: 'One foot in another mood',
  direct: 'Moods near a border',
};
