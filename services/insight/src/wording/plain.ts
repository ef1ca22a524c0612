import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { KnownMood } from '../facts/ranking.js';
import { undecidedTitles } from './caveats.js';
import { capitalised, counted, type Heard, listed } from './reading.js';

type Line = (when: string) => string;

/**
 * First sentences without a figure of speech, for a mood that does not carry one or that has no more than what is not known:
 * each says that its mood leads among the known. No frame serves two moods.
 */
const leading: Record<ToneMode, Record<KnownMood, Line>> = {
  neutral: {
    happy: (when) => `Among the known moods of your music ${when}, happy was the most frequent.`,
    calm: (when) => `Calm was the most frequent of the moods that are known in your music ${when}.`,
    energetic: (when) => `In your music ${when}, energetic was the known mood that came up most.`,
    sad: (when) => `The known mood found most often in your music ${when} was a sad one.`,
  },
  supportive: {
    happy: (when) => `As far as moods are known, your music ${when} sounded happy most often.`,
    calm: (when) => `Calm had the most room among the known moods of your music ${when}.`,
    energetic: (when) => `Where a mood is known, your music ${when} was energetic more than anything.`,
    sad: (when) => `Your music ${when} had more of a sad sound than of any other known mood.`,
  },
  playful: {
    happy: (when) => `Happy came first among the known moods of your music ${when}.`,
    calm: (when) => `First among the known moods of your music ${when}: calm.`,
    energetic: (when) => `Energetic had more of your music ${when} than any other known mood.`,
    sad: (when) => `Ahead of every other known mood in your music ${when}: sad.`,
  },
  direct: {
    happy: (when) => `Known moods ${when}: happy first.`,
    calm: (when) => `Calm led the known moods ${when}.`,
    energetic: (when) => `Most frequent known mood ${when}: energetic.`,
    sad: (when) => `Sad was first of the known moods ${when}.`,
  },
};

const tied: Record<ToneMode, (moods: string, when: string) => string> = {
  neutral: (moods, when) =>
    `${capitalised(moods)} share first place among the known moods of your music ${when}.`,
  supportive: (moods, when) => `Among the known moods of your music ${when}, ${moods} had equal room.`,
  playful: (moods, when) => `A tie among the known moods of your music ${when}: ${moods}.`,
  direct: (moods, when) => `Known moods ${when}: ${moods} tie.`,
};

/** @param when - `over the last few weeks`, `in the week of 9 November`. */
export function plainOpening(r: Heard, tone: ToneMode, when: string): string {
  const [mood, ...others] = r.leaders;
  if (mood && r.tracks === 1) return ofOne[tone](mood, when);
  return mood && others.length === 0 ? leading[tone][mood](when) : tied[tone](listed(r.leaders), when);
}

const ofOne: Record<ToneMode, (mood: string, when: string) => string> = {
  neutral: (mood, when) => `The only track known of your music ${when} was sorted as ${mood}.`,
  supportive: (mood, when) => `The only track known of your music ${when} has a ${mood} sound.`,
  playful: (mood, when) => `The only track known of your music ${when} was filed under ${mood}.`,
  direct: (mood, when) => `The only track known ${when}: ${mood}.`,
};

const titles: Record<ToneMode, (moods: string) => string> = {
  neutral: (moods) => `First among the known moods: ${moods}`,
  supportive: (moods) => `As far as it is known: ${moods}`,
  playful: (moods) => `Of the known faces: ${moods}`,
  direct: (moods) => `First of the known: ${moods}`,
};

/** A title that names no mood where the one that leads does not carry a text, else one among the known. */
export const plainTitle = (r: Heard, tone: ToneMode): string =>
  r.tracks === 1 ? 'A single track' : r.weak ? undecidedTitles[tone] : titles[tone](listed(r.leaders));

/** Of the mood that leads, the share of all: `40% of all plays`, `the only play there was`. */
export const shareOfAll = (r: Heard, mood: KnownMood): string =>
  r.total === 1
    ? `the only ${r.things.slice(0, -1)} there was`
    : `${r.show(`mood_patterns.${mood}.percentage`)} of all ${r.things}`;

/** The highlight of the mood that leads. */
export const plainShare = (mood: string, percentage: string, things: string): string =>
  `${percentage} of all ${things} sounded ${mood}, the largest share of any known mood.`;

/**
 * The same where there is no more to it than a label: of a single track, of a mood that lies near an edge, or of one that has no
 * other beside it; undefined where there is.
 */
export function labelledShare(r: Heard, mood: KnownMood): string | undefined {
  if (r.total === 1) return `${shareOfAll(r, mood)}: ${mood}.`;
  if (r.tracks === 1 && r.count(mood) === r.total)
    return `${counted(r, r.totalShown)} of a single track, sorted as ${mood}.`;
  if (r.weak) return `${shareOfAll(r, mood)} were sorted as ${mood}.`;
  return r.lead === 'sole' ? `${shareOfAll(r, mood)} sounded ${mood}.` : undefined;
}
