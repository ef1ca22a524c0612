import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { KnownMood } from '../../facts/ranking.js';
import { down, high, mostly, playsCounted, still, up } from '../../statements/statement.js';
import { claiming, type Options, type Wordings } from '../../wording/draw.js';
import type { Told } from './told.js';

type Line = (told: Told) => string;
type Against = (mood: string, told: Told) => string;

/** First sentences: for a mood that leads as it did before, that leads now, and where there is no before. */
interface Lead {
  readonly stayed: Wordings<Line>;
  /** Where the one that led before, or the one that does now, has another share by more than chance. */
  readonly changed: Wordings<Against>;
  readonly first: Wordings<Line>;
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
        (b, { when, before }) => `Your music turned to calm ${when}, after ${before} had ${b} in front.`,
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
      first: [({ when }) => `An energetic sound came up most in your music ${when}.`],
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
      stayed: [
        ({ when }) => `Happy songs led once more in your music ${when}.`,
        claiming(
          ({ when }: Told) => `Your music held on to its brightness: happy songs led once more ${when}.`,
          high('valence'),
        ),
      ],
      changed: [
        (b, { when }) => `Happy songs stepped forward in your music ${when}, where ${b} ones had been.`,
        claiming(
          (b: string, { when }: Told) =>
            `Your music turned brighter ${when}: happy songs stepped forward where ${b} ones had been.`,
          up('valence'),
        ),
      ],
      first: [({ when }) => `Happy songs were the ones your music gave most room to ${when}.`],
    },
    calm: {
      stayed: [({ when, before }) => `The calm in your music lasted: it led ${when} as in ${before}.`],
      changed: [
        (b, { when }) => `Calm stepped to the front of your music ${when}, where ${b} used to be.`,
        claiming(
          (b: string, { when }: Told) =>
            `Your music found a gentler place ${when}, with calm in front where ${b} used to be.`,
          down('energy'),
        ),
      ],
      first: [({ when }) => `Calm had the most room in your music ${when}.`],
    },
    energetic: {
      stayed: [
        ({ when }) => `Energetic songs were in front of your music again ${when}.`,
        claiming(
          ({ when }: Told) =>
            `The drive in your music carried on, with energetic songs in front again ${when}.`,
          high('energy'),
        ),
      ],
      changed: [
        (b, { when }) => `Energetic songs came forward in your music ${when}, ahead of ${b}.`,
        claiming(
          (b: string, { when }: Told) =>
            `Your music picked up momentum ${when}: energetic songs came forward, ahead of ${b}.`,
          up('energy'),
        ),
      ],
      first: [
        ({ when }) => `Energetic songs led in your music ${when}.`,
        claiming(
          ({ when }: Told) => `There was plenty of drive in your music ${when}; energetic songs led.`,
          high('energy'),
        ),
      ],
    },
    sad: {
      stayed: [
        ({ when }) => `Sad songs kept their place at the front of your music ${when}.`,
        claiming(
          ({ when }: Told) => `Sad songs were what your music came back to most again ${when}.`,
          playsCounted,
        ),
      ],
      changed: [
        (b, { when }) =>
          `Your music made more room for sad songs than for ${b} ones ${when}, and there is beauty in that turn.`,
      ],
      first: [
        ({ when }) =>
          `Sad songs had more room than others in your music ${when}, in good company with all who love them.`,
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
      first: [
        ({ when }) => `Energetic got to the front of your music ${when}, two stairs at a time.`,
        claiming(
          ({ when }: Told) => `Your music took the stairs two at a time ${when}: energetic came first.`,
          mostly('energetic'),
          high('energy'),
        ),
      ],
    },
    sad: {
      stayed: [({ when }) => `The violins in your music renewed their contract ${when}: sad led again.`],
      changed: [(b, { when }) => `Sad overtook ${b} in your music ${when}, with its collar up.`],
      first: [
        ({ when }) => `Sad took the window seat of your music ${when}.`,
        claiming(
          ({ when }: Told) => `Your music stared out of a train window ${when}: sad came first.`,
          mostly('sad'),
        ),
      ],
    },
  },
  direct: {
    happy: {
      stayed: [({ when }) => `Happy led again ${when}.`],
      changed: [(b, { when }) => `Happy led ${when}. Before: ${b}.`],
      first: [({ when }) => `Happy came first ${when}.`],
    },
    calm: {
      stayed: [({ when }) => `Calm on top ${when}, same as before.`],
      changed: [(b, { when }) => `From ${b} to calm in front ${when}.`],
      first: [({ when }) => `Calm in front ${when}.`],
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
  supportive: [
    () => 'Nothing moved much in the sound, and there is comfort in music that stays where you left it.',
  ],
  playful: [() => 'Changes of sound worth reporting: none. The needles were checked for glue.'],
  direct: [() => 'No change of sound large enough to hear.'],
};

/** Where no change is clear, and one that could be heard is not ruled out. */
export const nothingTold: Record<ToneMode, Options<Line>> = {
  neutral: [
    ({ before }) =>
      `Whether the sound is another than in ${before} cannot be told: no measure differs by more than counting alone may give, and what was counted is too little to rule a change out.`,
  ],
  supportive: [
    ({ before }) =>
      `Whether the sound took a turn since ${before} is still open, since there is too little here to tell.`,
  ],
  playful: [
    ({ before }) =>
      `Has the sound changed since ${before}? The needles twitch, but on so little evidence they will not testify.`,
  ],
  direct: [() => 'Too little to tell whether the sound changed.'],
};

/** Where so much more or less is known than before that nothing can be told of a change. */
export const knownOtherwise: Record<ToneMode, (now: string, before: string) => string> = {
  neutral: (now, before) =>
    `The share without a known mood is ${now}, where it had been ${before}, so what differs in the sound may differ for that reason alone; no change is told.`,
  supportive: (now, before) =>
    `No mood is known for ${now} now and for ${before} before, so it would not be fair to tell of a change in the sound.`,
  playful: (now, before) =>
    `The share nobody could read is ${now}, after ${before}, so any change of sound stays an unconfirmed rumour.`,
  direct: (now, before) => `Unknown moods: ${now}, before ${before}. So no change is told.`,
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

/** That nothing is known to have been played in the week that would have been told of. */
export const emptyWeeks: Record<ToneMode, (days: string) => string> = {
  neutral: (days) => `From ${days} no plays are known, so this is about the snapshot.`,
  supportive: (days) =>
    `No plays are known from ${days}, and that is fine; this is about the snapshot instead.`,
  playful: (days) => `From ${days} no plays are known, so the snapshot has been called in as understudy.`,
  direct: (days) => `No plays are known from ${days}. This is about the snapshot.`,
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

type Story = 'moved' | 'still' | 'untold' | 'first' | 'moodless' | 'unclear';
export const titles: Record<ToneMode, Record<Story, Wordings<string>>> = {
  neutral: {
    moved: ['Now and before', 'What changed in your music'],
    untold: ['Too little to tell a change'],
    still: ['A sound much like before', claiming('Much as it was before', still('everything'))],
    first: ['A starting point'],
    moodless: ['Counted, but not heard'],
    unclear: ['Now and before, seen in part'],
  },
  supportive: {
    moved: ['A turn in your music', 'Something new in your music'],
    untold: ['A turn, or none: too early to say'],
    still: ['A familiar sound', claiming('Steady as it was', still('everything'))],
    first: ['The first page'],
    moodless: ['Music kept close'],
    unclear: ['A page with gaps'],
  },
  playful: {
    moved: ['The needles have been busy', 'Breaking news from the stereo'],
    untold: ['The needles will not testify'],
    still: ['Same sound, no encore', claiming('Nothing to see here, move along', still('everything'))],
    first: ['Episode one'],
    moodless: ['The masked playlist'],
    unclear: ['Unconfirmed rumours'],
  },
  direct: {
    moved: ['What changed'],
    untold: ['Too little to tell'],
    still: ['Same sound', claiming('No real change', still('everything'))],
    first: ['First entry'],
    moodless: ['Moods unknown'],
    unclear: ['Not comparable'],
  },
};

/** Said wherever few features are known. */
export const partial: Record<ToneMode, (known: string) => string> = {
  neutral: (known) => `Features are known for ${known}; the others are not part of any average.`,
  supportive: (known) => `Features are known for ${known}, so the picture has gaps.`,
  playful: (known) => `Features are known for ${known}; the rest are keeping mum.`,
  direct: (known) => `Features are known for ${known}.`,
};
