import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { Options } from '../../wording/draw.js';
import type { KnownMood } from '../../wording/reading.js';
import type { Told } from './told.js';

type Line = (told: Told) => string;
type Against = (mood: string, told: Told) => string;

/** First sentences: for a mood that leads as it did before, that leads now, and where there is no before. */
interface Lead {
  readonly stayed: Options<Line>;
  readonly changed: Options<Against>;
  readonly first: Options<Line>;
}

export const leads: Record<ToneMode, Record<KnownMood, Lead>> = {
  neutral: {
    happy: {
      stayed: [
        ({ when }) => `Happy kept its place as the most frequent sound in your music ${when}.`,
        ({ when, before }) => `As in ${before}, your music sounded happy most often ${when}.`,
      ],
      changed: [
        (b, { when, before }) =>
          `Happy took first place in your music ${when}; in ${before} it belonged to ${b}.`,
        (b, { when }) => `Where ${b} had been in front, your music sounded happy more than anything ${when}.`,
      ],
      first: [({ when }) => `Happy was the most frequent sound in your music ${when}.`],
    },
    calm: {
      stayed: [
        ({ when, before }) => `Calm remained what your music sounded like most ${when}, as in ${before}.`,
        ({ when, before }) => `No mood outnumbered calm in your music ${when}, nor in ${before}.`,
      ],
      changed: [
        (b, { when, before }) => `Your music turned calm ${when}, after ${before} had leaned ${b}.`,
        (b, { when }) => `Calm replaced ${b} as the commonest sound in your music ${when}.`,
      ],
      first: [({ when }) => `Your music sounded calm more often than anything else ${when}.`],
    },
    energetic: {
      stayed: [
        ({ when, before }) => `Energetic music led ${when}, and it led in ${before}.`,
        ({ when }) => `No change at the top: your music was energetic first ${when} too.`,
      ],
      changed: [
        (b, { when }) => `Energetic moved ahead of ${b} in your music ${when}.`,
        (b, { when }) => `The lead in your music went from ${b} to energetic ${when}.`,
      ],
      first: [({ when }) => `An energetic sound formed the largest part of your music ${when}.`],
    },
    sad: {
      stayed: [
        ({ when }) => `A sad sound was once more the most common one in your music ${when}.`,
        ({ when, before }) => `Sad-sounding music came first ${when}, unchanged from ${before}.`,
      ],
      changed: [
        (b, { when, before }) => `Sad-sounding music was most frequent ${when}; in ${before} it was ${b}.`,
        (b, { when }) => `A sad sound overtook ${b} in your music ${when}.`,
      ],
      first: [({ when }) => `The commonest sound in your music ${when} was a sad one.`],
    },
  },
  supportive: {
    happy: {
      stayed: [({ when }) => `Your music held on to its brightness: happy songs led once more ${when}.`],
      changed: [
        (b, { when }) =>
          `Your music turned brighter ${when}: happy songs stepped forward where ${b} ones had been.`,
      ],
      first: [({ when }) => `Happy songs were the ones your music gave most room to ${when}.`],
    },
    calm: {
      stayed: [({ when, before }) => `The quiet in your music lasted: calm led ${when} as in ${before}.`],
      changed: [
        (b, { when }) =>
          `Your music found a quieter place ${when}, with calm in front where ${b} used to be.`,
      ],
      first: [({ when }) => `Quiet had the most room in your music ${when}: calm came first.`],
    },
    energetic: {
      stayed: [
        ({ when }) => `The drive in your music carried on, with energetic songs in front again ${when}.`,
      ],
      changed: [
        (b, { when }) =>
          `Your music picked up momentum ${when}: energetic songs came forward, ahead of ${b}.`,
      ],
      first: [({ when }) => `There was plenty of drive in your music ${when}; energetic songs led.`],
    },
    sad: {
      stayed: [
        ({ when }) =>
          `Sad songs kept their large place in your music ${when}, as songs do that are worth returning to.`,
      ],
      changed: [
        (b, { when }) =>
          `Your music made more room for sad songs than for ${b} ones ${when}, and there is beauty in that turn.`,
      ],
      first: [
        ({ when }) =>
          `Sad songs had the largest place in your music ${when}, in good company with all who love them.`,
      ],
    },
  },
  playful: {
    happy: {
      stayed: [({ when }) => `Happy defended its title ${when}, barely out of breath.`],
      changed: [(b, { when }) => `Plot twist: happy kicked ${b} off the throne of your music ${when}.`],
      first: [({ when }) => `Happy took the best seat in your music ${when} and put its feet up.`],
    },
    calm: {
      stayed: [({ when }) => `Calm stayed on the sofa of your music ${when}. It has a blanket now.`],
      changed: [(b, { when }) => `Calm tiptoed past ${b} ${when}, and your music never heard it coming.`],
      first: [({ when }) => `Calm got to your music first ${when}, in socks.`],
    },
    energetic: {
      stayed: [({ when }) => `Energetic led your music again ${when}; somebody hide the coffee.`],
      changed: [(b, { when }) => `Energetic overtook ${b} on the outside lane of your music ${when}.`],
      first: [({ when }) => `Your music took the stairs two at a time ${when}: energetic came first.`],
    },
    sad: {
      stayed: [({ when }) => `The violins in your music renewed their contract ${when}: sad led again.`],
      changed: [
        (b, { when }) => `Your music swapped ${b} for a long coat and a rainy window ${when}: sad leads.`,
      ],
      first: [({ when }) => `Your music stared out of a train window ${when}: sad came first.`],
    },
  },
  direct: {
    happy: {
      stayed: [({ when }) => `Happy led again ${when}.`],
      changed: [(b, { when }) => `Happy led ${when}. Before: ${b}.`],
      first: [({ when }) => `Happy came first ${when}.`],
    },
    calm: {
      stayed: [({ when }) => `Still calm ${when}.`, ({ when }) => `Calm on top ${when}, same as before.`],
      changed: [(b, { when }) => `From ${b} to calm ${when}.`],
      first: [({ when }) => `Mostly calm ${when}.`],
    },
    energetic: {
      stayed: [({ when }) => `Energetic stayed first ${when}.`],
      changed: [(b, { when }) => `Energetic beat ${b} ${when}.`],
      first: [({ when }) => `On top ${when}: energetic.`],
    },
    sad: {
      stayed: [({ when }) => `Sad-sounding music still ranked first ${when}.`],
      changed: [(b, { when }) => `New first place ${when}: sad, ahead of ${b}.`],
      first: [({ when }) => `Sad-sounding music in the lead ${when}.`],
    },
  },
};

export const tiedLead: Record<ToneMode, Options<Against>> = {
  neutral: [(moods, { when }) => `In your music ${when}, ${moods} share first place.`],
  supportive: [(moods, { when }) => `Your music gave equal room to ${moods} ${when}.`],
  playful: [(moods, { when }) => `Dead heat ${when} between ${moods}; your music refuses to comment.`],
  direct: [(moods, { when }) => `A tie ${when}: ${moods}.`],
};

/** First sentences of a week whose plays have no known mood. */
export const moodless: Record<ToneMode, Line> = {
  neutral: ({ when }) => `How your music sounded ${when} is not known: no play has a known mood.`,
  supportive: ({ when }) => `Your music kept its moods to itself ${when}: none of them is known.`,
  playful: ({ when }) => `Your music wore a paper bag over its head ${when}: no mood could be made out.`,
  direct: ({ when }) => `Moods unknown ${when}.`,
};

export const nothingMoved: Record<ToneMode, Options<Line>> = {
  neutral: [({ it, before }) => `No measure moved far enough to be heard: ${it} sounded like ${before}.`],
  supportive: [() => 'Nothing moved much, and there is comfort in music that stays where you left it.'],
  playful: [() => 'Changes worth reporting: none. The needles were checked for glue.'],
  direct: [() => 'No change large enough to hear.'],
};

export const nothingBefore: Record<ToneMode, Options<Line>> = {
  neutral: [
    ({ missing }) =>
      `The four weeks before have no ${missing} to compare with, so nothing can be said about change; this is the starting point.`,
  ],
  supportive: [
    ({ missing }) =>
      `The four weeks before have no ${missing} to compare with, so take this as the first page.`,
  ],
  playful: [
    ({ missing }) =>
      `The four weeks before have no ${missing} to compare with, so this one wins every category unopposed.`,
  ],
  direct: [({ missing }) => `The four weeks before have no ${missing} to compare with.`],
};

/** What it was compared with. */
export const bases: Record<ToneMode, Options<(basis: string) => string>> = {
  neutral: [(of) => `What came before is taken from ${of}.`, (of) => `The comparison is with ${of}.`],
  supportive: [(of) => `All of this is set beside ${of}.`],
  playful: [(of) => `Called to the witness stand: ${of}.`],
  direct: [(of) => `Compared with ${of}.`],
};

/** Snapshots a week apart share most of their days, and a reader should know. */
export const overlap: Record<ToneMode, string> = {
  neutral:
    'Each snapshot looks back further than a week, so neighbouring ones overlap and differences come out smaller than they were.',
  supportive:
    'Snapshots look back further than a week and overlap, so real turns may be larger than they seem here.',
  playful:
    'Snapshots look back further than a week and overlap like roof tiles, so small numbers may hide bigger moves.',
  direct: 'Snapshots overlap, so changes look smaller than they are.',
};

type Story = 'moved' | 'still' | 'first' | 'moodless';
export const titles: Record<ToneMode, Record<Story, Options<string>>> = {
  neutral: {
    moved: ['Now and before', 'What changed in your music'],
    still: ['Much as it was before'],
    first: ['A starting point'],
    moodless: ['Counted, but not heard'],
  },
  supportive: {
    moved: ['A turn in your music', 'Something new in your music'],
    still: ['Steady as it was'],
    first: ['The first page'],
    moodless: ['Music kept close'],
  },
  playful: {
    moved: ['The needles have been busy', 'Breaking news from the stereo'],
    still: ['Nothing to see here, move along'],
    first: ['Episode one'],
    moodless: ['The masked playlist'],
  },
  direct: {
    moved: ['What changed'],
    still: ['No real change'],
    first: ['First entry'],
    moodless: ['Moods unknown'],
  },
};

/** Said wherever few features are known. */
export const partial: Record<ToneMode, (known: string) => string> = {
  neutral: (known) => `Features are known for ${known}; the others are not part of any average.`,
  supportive: (known) => `Features are known for ${known}, so the picture has gaps.`,
  playful: (known) => `Features are known for ${known}; the rest are keeping mum.`,
  direct: (known) => `Features are known for ${known}.`,
};
