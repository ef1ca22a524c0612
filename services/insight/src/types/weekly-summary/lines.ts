import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { Options } from '../../writers/template/draw.js';
import type { KnownMood } from '../../writers/template/reading.js';

/** First sentences: for a mood that leads as it did before, that leads now, and where there is no before. */
interface Lead {
  readonly stayed: Options<string>;
  readonly changed: Options<(before: string) => string>;
  readonly first: Options<string>;
}

export const leads: Record<ToneMode, Record<KnownMood, Lead>> = {
  neutral: {
    happy: {
      stayed: [
        'Happy kept its place as the most frequent sound in your music this week.',
        'As in the weeks before, happy-sounding music was the largest group this week.',
      ],
      changed: [
        (b) => `This week happy took first place in your music, which ${b} held before.`,
        (b) => `Where ${b} had been in front, your music sounded happy more than anything else this week.`,
      ],
      first: ['This week, happy was the most frequent sound in your music.'],
    },
    calm: {
      stayed: [
        'Calm remains what your music sounded like most, this week as before.',
        'No mood outnumbered calm in your music this week, nor in the weeks before.',
      ],
      changed: [
        (b) => `Your music turned calm this week, after weeks that leaned ${b}.`,
        (b) => `Calm has replaced ${b} as the commonest sound in your music.`,
      ],
      first: ['Your music sounded calm more often than anything else this week.'],
    },
    energetic: {
      stayed: [
        'Energetic music led this week, and it led the weeks before.',
        'No change at the top: your music was energetic first this week too.',
      ],
      changed: [
        (b) => `Energetic moved ahead of ${b} in your music this week.`,
        (b) => `The lead in your music went from ${b} to energetic this week.`,
      ],
      first: ['Energetic tracks formed the largest part of your music this week.'],
    },
    sad: {
      stayed: [
        'A sad sound was the most common one in your music again this week.',
        'Sad-sounding music came first this week, unchanged from the weeks before.',
      ],
      changed: [
        (b) => `Sad-sounding music was most frequent this week; before, it was ${b}.`,
        (b) => `This week a sad sound overtook ${b} in your music.`,
      ],
      first: ['The commonest sound in your music this week was a sad one.'],
    },
  },
  supportive: {
    happy: {
      stayed: ['Your music held on to its brightness: happy songs led this week once more.'],
      changed: [
        (b) => `A brighter week in your music: happy songs stepped forward where ${b} ones had been.`,
      ],
      first: ['Happy songs were the ones your music gave most room to this week.'],
    },
    calm: {
      stayed: ['The quiet in your music lasted: calm led this week as it had before.'],
      changed: [
        (b) => `Your music found a quieter place this week, with calm in front where ${b} used to be.`,
      ],
      first: ['Quiet had the most room in your music this week: calm came first.'],
    },
    energetic: {
      stayed: ['The drive in your music carried on, with energetic songs in front another week.'],
      changed: [(b) => `New momentum in your music this week: energetic songs came forward, ahead of ${b}.`],
      first: ['There was plenty of drive in your music this week; energetic songs led.'],
    },
    sad: {
      stayed: [
        'Sad songs kept their large place in your music this week, as songs do that are worth returning to.',
      ],
      changed: [
        (b) =>
          `This week your music made more room for sad songs than for ${b} ones, and there is beauty in that turn.`,
      ],
      first: [
        'Sad songs had the largest place in your music this week, in good company with all who love them.',
      ],
    },
  },
  playful: {
    happy: {
      stayed: ['Happy defended its title this week, barely out of breath.'],
      changed: [(b) => `Plot twist: happy kicked ${b} off the throne of your music this week.`],
      first: ['Happy walked into this week and took the best seat in your music.'],
    },
    calm: {
      stayed: ['Calm stayed on the sofa of your music for another week. It has a blanket now.'],
      changed: [(b) => `Calm tiptoed past ${b} this week, and your music never heard it coming.`],
      first: ['Calm got to your music first this week, on tiptoe.'],
    },
    energetic: {
      stayed: ['Energetic led your music again this week; somebody hide the coffee.'],
      changed: [(b) => `Energetic overtook ${b} on the outside lane of your music this week.`],
      first: ['Your music took the stairs two at a time this week: energetic came first.'],
    },
    sad: {
      stayed: ['The violins in your music renewed their contract: sad led again this week.'],
      changed: [(b) => `This week your music swapped ${b} for a long coat and a rainy window: sad leads.`],
      first: ['Your music stared out of a train window this week: sad came first.'],
    },
  },
  direct: {
    happy: {
      stayed: ['Happy leads again.'],
      changed: [(b) => `Happy leads now. Before: ${b}.`],
      first: ['Happy leads this week.'],
    },
    calm: {
      stayed: ['Still calm.', 'Calm on top, same as before.'],
      changed: [(b) => `From ${b} to calm.`],
      first: ['This week: calm first.'],
    },
    energetic: {
      stayed: ['Energetic stays first.'],
      changed: [(b) => `Energetic beat ${b} this week.`],
      first: ['Top of the week: energetic.'],
    },
    sad: {
      stayed: ['Sad-sounding music still ranks first.'],
      changed: [(b) => `New first place: sad, ahead of ${b}.`],
      first: ['Sad-sounding music first this week.'],
    },
  },
};

export const tiedLead: Record<ToneMode, Options<(moods: string) => string>> = {
  neutral: [(moods) => `In your music this week, ${moods} share first place.`],
  supportive: [(moods) => `Your music gave equal room to ${moods} this week.`],
  playful: [(moods) => `Dead heat this week between ${moods}; your music refuses to comment.`],
  direct: [(moods) => `A tie this week: ${moods}.`],
};

export const nothingMoved: Record<ToneMode, Options<string>> = {
  neutral: [
    'No measure moved far enough to be heard: by the numbers, this week sounded like those before it.',
  ],
  supportive: ['Nothing moved much, and there is comfort in music that stays where you left it.'],
  playful: ['Changes worth reporting: none. The needles were checked for glue.'],
  direct: ['No change large enough to hear.'],
};

export const firstWeek: Record<ToneMode, Options<string>> = {
  neutral: [
    'There is no earlier week to compare with, so nothing can be said about change. This one is the starting point.',
  ],
  supportive: ['There is no earlier week to compare with yet, so take this one as the first page.'],
  playful: ['There is no earlier week to compare with, so this week wins every category unopposed.'],
  direct: ['No earlier week to compare with.'],
};

/** What it was compared with. */
export const basis: Record<ToneMode, Options<(snapshots: string) => string>> = {
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

type Story = 'moved' | 'still' | 'first';
export const titles: Record<ToneMode, Record<Story, Options<string>>> = {
  neutral: {
    moved: ['This week against the weeks before', 'What changed this week'],
    still: ['A week like those before it'],
    first: ['A first week on record'],
  },
  supportive: {
    moved: ['A week with a turn in it', 'Something new in your music'],
    still: ['A steady week'],
    first: ['The first page'],
  },
  playful: {
    moved: ['The needles have been busy', 'Breaking news from the stereo'],
    still: ['Nothing to see here, move along'],
    first: ['Episode one'],
  },
  direct: { moved: ['Week against weeks'], still: ['No real change'], first: ['First week'] },
};

/** Said wherever few features are known. */
export const partial: Record<ToneMode, (known: string) => string> = {
  neutral: (known) => `Features are known for ${known} of this week; the others are not part of any average.`,
  supportive: (known) => `This week, features are known for ${known}, so the picture has gaps.`,
  playful: (known) => `Features are known for ${known} this week; the rest are keeping mum.`,
  direct: (known) => `Features are known for ${known}.`,
};
