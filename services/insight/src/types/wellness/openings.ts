import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { KnownMood } from '../../facts/ranking.js';
import { clearLead, high, low, playsCounted } from '../../statements/statement.js';
import { claiming, type Options, type Wordings } from '../../wording/draw.js';
import { capitalised, leadersShare, listed, type Reading, shareOfEach } from '../../wording/reading.js';

type Line = (r: Reading) => string;

/**
 * First sentences. Each claims only that its mood came up more often than any other, which is true of a plurality too,
 * and no sentence serves two moods.
 */
export const openings: Record<ToneMode, Record<KnownMood, Wordings<Line>>> = {
  neutral: {
    happy: [
      ({ range }) => `Over ${range}, your music sounded happy more often than it sounded anything else.`,
      ({ range }) => `More of your music over ${range} sounded happy than had any other known mood.`,
      ({ range }) => `The mood that turned up most in your music over ${range} was a happy one.`,
    ],
    calm: [
      ({ range }) => `Quietly put, calm was the most frequent sound in your music over ${range}.`,
      ({ range }) => `Calm outnumbered every other mood in your music over ${range}.`,
      ({ range }) => `Nothing was as common in your music of ${range} as a calm sound.`,
    ],
    energetic: [
      ({ range }) => `Drive came first in your music over ${range}: the most common mood was energetic.`,
      ({ range }) => `When your music of ${range} is sorted by mood, energetic comes out on top.`,
      claiming(
        ({ range }: Reading) =>
          `More force than sparkle: energetic was the mood found most in your music over ${range}.`,
        high('energy'),
        low('valence'),
      ),
    ],
    sad: [
      ({ range }) => `A sad sound was more common in your music over ${range} than any other.`,
      ({ range }) => `Of the moods heard in your music over ${range}, sad was the most frequent.`,
      ({ range }) => `Sad-sounding music headed the list over ${range}.`,
    ],
  },
  supportive: {
    happy: [
      ({ range }) => `What came up most in your music over ${range} is a pleasure to report: a happy sound.`,
      claiming(
        ({ range }: Reading) =>
          `Your music kept returning to something bright: over ${range}, happy appeared more often than any other mood.`,
        playsCounted,
        high('valence'),
      ),
      claiming(
        ({ range }: Reading) => `Happy-sounding songs kept you the most company over ${range}.`,
        playsCounted,
      ),
    ],
    calm: [
      ({ range }) =>
        `Calm is where your music settled most often over ${range}, and there is something lovely in that.`,
      claiming(
        ({ range }: Reading) =>
          `Your music made room for something gentle: over ${range}, calm was its most frequent mood.`,
        low('energy'),
      ),
      claiming(
        ({ range }: Reading) =>
          `Calm music was your most regular companion over ${range}, ahead of every other mood.`,
        playsCounted,
      ),
    ],
    energetic: [
      ({ range }) => `Energetic was the mood that your music showed most over ${range}.`,
      ({ range }) =>
        `Over ${range}, the sound your music offered most was an energetic one, the kind that carries a room along.`,
      claiming(
        ({ range }: Reading) =>
          `There was plenty of drive through ${range}: energetic music turned up more than any other.`,
        high('energy'),
      ),
    ],
    sad: [
      ({ range }) =>
        `Over ${range}, your music gave its largest space to sad songs, which are loved for many reasons.`,
      ({ range }) =>
        `The sound found most in your music over ${range} was a sad one, and plenty of beautiful music lives there.`,
      ({ range }) =>
        `Sad-sounding songs had the most room in your music over ${range}; they tend to be good at keeping company.`,
    ],
  },
  playful: {
    happy: [
      ({ range }) =>
        `Somebody left the sunshine running: happy was the most common sound in your music over ${range}.`,
      claiming(
        ({ range }: Reading) =>
          `Happy won the vote in your music over ${range}, and nobody asked for a recount.`,
        clearLead,
      ),
      ({ range }) => `Your music spent more of ${range} grinning than doing anything else: happy came top.`,
    ],
    calm: [
      ({ range }) => `Your music went about in slippers: calm led every other mood over ${range}.`,
      ({ range }) => `Calm got the comfiest chair in your music over ${range}.`,
      ({ range }) =>
        `Shh. The most common sound in your music over ${range} was calm, and it would rather not be woken.`,
    ],
    energetic: [
      ({ range }) => `Energetic led your music over ${range}, drumsticks first.`,
      ({ range }) =>
        `Somewhere in your music a drummer found the espresso: energetic beat every other mood over ${range}.`,
      claiming(
        ({ range }: Reading) =>
          `Your music came with its own engine over ${range}, and energetic was its favourite gear.`,
        high('energy'),
      ),
    ],
    sad: [
      ({ range }) =>
        `The blue crayon wore down fastest over ${range}: sad was the most common sound in your music.`,
      ({ range }) => `Your music packed a raincoat: over ${range}, it sounded sad more than anything else.`,
      ({ range }) =>
        `A well-made sigh was the hit of ${range}: sad came up more than any other mood in your music.`,
    ],
  },
  direct: {
    happy: [
      ({ range }) => `Happy led your music over ${range}.`,
      claiming(
        ({ range }: Reading) => `Your music sounded happy ahead of all else over ${range}.`,
        clearLead,
      ),
      ({ range }) => `First place over ${range}: happy music.`,
    ],
    calm: [
      ({ range }) => `Calm: the top mood in your music over ${range}.`,
      claiming(({ range }: Reading) => `Your music leaned calm over ${range}.`, clearLead),
      ({ range }) => `Over ${range}, nothing in your music outnumbered calm.`,
    ],
    energetic: [
      ({ range }) => `No mood beat energetic in your music over ${range}.`,
      ({ range }) => `Energetic topped your music over ${range}.`,
      claiming(({ range }: Reading) => `Your music sounded energetic above all over ${range}.`, clearLead),
    ],
    sad: [
      ({ range }) => `Sad ranked first among the moods in your music over ${range}.`,
      ({ range }) => `The biggest group with a known mood in your music over ${range} sounded sad.`,
      ({ range }) => `Over ${range}, your music sounded sad more often than anything else.`,
    ],
  },
};

const names = (r: Reading) => listed(r.leaders);
const Names = (r: Reading) => capitalised(names(r));
// Where much is known, a sentence of its own says of how many no mood is.
const each = (r: Reading) => (r.isPartial ? leadersShare(r) : shareOfEach(r, r.leaders));

/** First sentences where several moods share first place. */
export const tiedOpenings: Record<ToneMode, Options<Line>> = {
  neutral: [
    (r) => `${Names(r)} share first place in your music over ${r.range}, with ${each(r)}.`,
    (r) => `Your music over ${r.range} had no single leading mood: ${names(r)} are level at ${each(r)}.`,
  ],
  supportive: [
    (r) =>
      `Your music held more than a single mood in equal measure: over ${r.range}, ${names(r)} stood side by side with ${each(r)}.`,
    (r) => `${Names(r)} found equal room in your music over ${r.range}, ${each(r)}.`,
  ],
  playful: [
    (r) =>
      `Photo finish! ${Names(r)} crossed the line together in your music over ${r.range}, with ${each(r)}.`,
    (r) => `Your music refused to pick a favourite over ${r.range}: ${names(r)} tied at ${each(r)}.`,
  ],
  direct: [
    (r) => `A tie over ${r.range}: ${names(r)}, ${each(r)}.`,
    (r) => `${Names(r)} tied in your music over ${r.range}, with ${each(r)}.`,
  ],
};

/** First sentences where features are known but no track's mood is. */
export const moodlessOpenings: Record<ToneMode, Options<Line>> = {
  neutral: [
    (r) =>
      `No mood could be worked out for your music over ${r.range}, though some of its sound was measured.`,
  ],
  supportive: [
    (r) => `The moods of your music over ${r.range} stay open, but some of how it sounded is known.`,
  ],
  playful: [
    (r) => `Your music over ${r.range} kept a straight face: no mood could be read, only a few dials.`,
  ],
  direct: [(r) => `No moods known for your music over ${r.range}. Some measures are.`],
};
