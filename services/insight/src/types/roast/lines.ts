import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { Options } from '../../wording/draw.js';
import type { KnownMood } from '../../wording/reading.js';

type InRange = (range: string) => string;

/** First sentences, each about the sound alone; no frame serves two moods. */
export const openings: Record<ToneMode, Record<KnownMood, Options<InRange>>> = {
  neutral: {
    happy: [
      (range) =>
        `For the record: over ${range}, your music smiled more than it did anything else, and with all its teeth.`,
      (range) =>
        `An inspection of your music over ${range} found confetti in the filters. The leading mood is happy.`,
    ],
    calm: [
      (range) => `Calm came first in your music over ${range}, in the way that a screensaver is calm.`,
      (range) =>
        `It is noted that calm led your music over ${range}. It is also noted that nobody stayed awake to object.`,
    ],
    energetic: [
      (range) => `Over ${range}, energetic led your music. The walls have submitted a statement.`,
      (range) =>
        `According to the figures, your music spent ${range} kicking doors that were already open: energetic came first.`,
    ],
    sad: [
      (range) =>
        `Sad was the most common sound in your music over ${range}; the string section billed overtime.`,
      (range) =>
        `The findings for ${range} are in, and your music has asked for a window seat and some rain. Sad came first.`,
    ],
  },
  supportive: {
    happy: [
      (range) =>
        `Bless it, your music spent ${range} like a golden retriever at a beach: happy, wet and very loud about it.`,
      (range) =>
        `With real affection: over ${range} your music was so happy that it should come with a sunhat.`,
    ],
    calm: [
      (range) =>
        `Lovely as it is, your music over ${range} was so calm that the playlist needed a pulse check.`,
      (range) =>
        `Your music deserves credit: nobody has done this little over ${range} with this much grace. Calm leads.`,
    ],
    energetic: [
      (range) =>
        `Somebody had to say it kindly: your music over ${range} was energetic enough to shake fruit off trees.`,
      (range) =>
        `Dear old thing, your music ran through ${range} with its shoelaces undone. Energetic came first, panting.`,
    ],
    sad: [
      (range) =>
        `A warm hand on the shoulder of your music, which spent ${range} gazing out of train windows: sad first, always well dressed.`,
      (range) => `Your music over ${range} was sad in the best tradition: candle, window, one more chorus.`,
    ],
  },
  playful: {
    happy: [
      (range) =>
        `Breaking: over ${range}, your music laughed at its own jokes, and happy won by a mile of bunting.`,
      (range) => `Your music showed up to ${range} in a party hat and never took it off. Happy, obviously.`,
    ],
    calm: [
      (range) =>
        `Psst. Your music fell asleep during ${range} with a biscuit in its hand. Calm leads, breathing slowly.`,
      (range) => `If your music over ${range} were any calmer, moss would grow on the speakers.`,
    ],
    energetic: [
      (range) =>
        `Over ${range}, your music drank every espresso in the building and asked for the machine. Energetic!`,
      (range) => `Your music took ${range} for a bouncy castle: energetic first, consequences later.`,
    ],
    sad: [
      (range) =>
        `Over ${range}, your music bought a long coat and learned to stare at harbours. Sad takes the crown.`,
      (range) =>
        `Your music spent ${range} writing letters by candlelight and then posting them to the sea: sad leads.`,
    ],
  },
  direct: {
    happy: [
      (range) => `Happy won ${range}. The tambourine is exhausted.`,
      (range) => `Too many handclaps: happy led your music over ${range}.`,
    ],
    calm: [
      (range) => `Calm led your music over ${range}. Wake it gently.`,
      (range) => `Your music over ${range}: calm, verging on furniture.`,
    ],
    energetic: [
      (range) => `Energetic led over ${range}. Your music has no brakes.`,
      (range) => `Loudly put, your music was energetic over ${range}.`,
    ],
    sad: [
      (range) => `Your music over ${range}: sad first, umbrella second.`,
      (range) => `Sad took ${range}. Even the major chords looked at the floor.`,
    ],
  },
};

export const tiedOpenings: Record<ToneMode, Options<(moods: string) => string>> = {
  neutral: [
    (moods) =>
      `The jury could not decide what your music is: ${moods} share first place, and neither would leave the stage.`,
  ],
  supportive: [
    (moods) => `Your music could not bring itself to disappoint anyone, so ${moods} share first place.`,
  ],
  playful: [
    (moods) =>
      `Your music was asked to pick a side and flipped a coin that landed on its edge: ${moods} tie.`,
  ],
  direct: [(moods) => `No spine, this playlist: ${moods} tie.`],
};

/** How much of it there is. */
export const scores: Record<ToneMode, Options<(share: string) => string>> = {
  neutral: [(share) => `The charge sheet reads ${share}.`, (share) => `In evidence: ${share}.`],
  supportive: [
    (share) => `That is ${share}, and nobody is judging. Much.`,
    (share) => `We counted ${share}, and then counted again out of love.`,
  ],
  playful: [(share) => `Final score: ${share}. The crowd goes mild.`, (share) => `Count them: ${share}.`],
  direct: [(share) => `The damage: ${share}.`, (share) => `Numbers: ${share}.`],
};

/** Names at the top of the list, where they may be used. */
export const headliners: Record<ToneMode, Options<(names: string, several: boolean) => string>> = {
  neutral: [
    (names, several) =>
      `At the head of the list: ${names}. ${several ? 'Both have' : 'The party has'} been informed.`,
    (names) => `Also named at the hearing: ${names}.`,
  ],
  supportive: [
    (names) => `And at the top: ${names}, played with a loyalty that most plants would envy.`,
    (names) => `A kind word to ${names}: thank you for the overtime.`,
  ],
  playful: [
    (names, several) => `${names} should really be paying rent by now${several ? ', split evenly' : ''}.`,
    (names) => `Somewhere a speaker is asking whether ${names} could please have a day off.`,
  ],
  direct: [
    (names) => `On top: ${names}. We noticed.`,
    (names) => `Top of the list: ${names}. The neighbours know.`,
  ],
};

/** What was not measured. */
export const unmeasured: Record<ToneMode, Options<(known: string) => string>> = {
  neutral: [(known) => `Only ${known} could be measured; the others declined to testify.`],
  supportive: [
    (known) => `In fairness, features are known for ${known}, and the rest may be far more sensible.`,
  ],
  playful: [(known) => `Features are known for ${known}. The rest fled through the bathroom window.`],
  direct: [(known) => `Measured: ${known}. The rest got lucky.`],
};

/** Last sentences, kind ones. */
export const ends: Record<ToneMode, Options<string>> = {
  neutral: [
    'The case is closed, and the music was enjoyed throughout the proceedings.',
    'None of this is binding. Taste is not measured here, and a good song needs no defence.',
    'Sentence: one more play of whatever is your favourite, at a volume of your own choosing.',
  ],
  supportive: [
    'Do not change a thing; music this sure of itself is rare.',
    'It is teased because it is loved, and it is clearly loved a great deal.',
    'Keep playing it. The world has plenty of tasteful silence already.',
  ],
  playful: [
    'No songs were harmed in the making of this roast. Play them again, they like it.',
    'All jokes aside, this is a collection with a face, and the face is a good one.',
    'Court adjourned, drinks on the bass player, same time next snapshot.',
  ],
  direct: ['Still: good ears.', 'Keep it anyway.', 'It works, though.'],
};

export const titles: Record<ToneMode, Record<KnownMood | 'tied', Options<string>>> = {
  neutral: {
    happy: ['The people against the handclaps', 'A complaint about confetti'],
    calm: ['Minutes of a very quiet meeting', 'A formal notice to the cushions'],
    energetic: ['Noise report', 'A statement on behalf of the walls'],
    sad: ['In the matter of the violins', 'Report on a rainy window'],
    tied: ['A hung jury'],
  },
  supportive: {
    happy: ['Sunshine, with love', 'Too cheerful to stay cross with'],
    calm: ['Softly roasted', 'A gentle ribbing, in slippers'],
    energetic: ['Hugs, from behind the sofa', 'Lovingly loud'],
    sad: ['A toast to the rainy songs', 'Tissues, fondly offered'],
    tied: ['Loved for its indecision'],
  },
  playful: {
    happy: ['Confetti everywhere', 'The grin that ate the speakers'],
    calm: ['Moss on the speakers', 'This playlist has left for a nap'],
    energetic: ['Who gave the playlist espresso?', 'Objects in your speakers are louder than they appear'],
    sad: ['Raincoat season', 'Violins at dawn'],
    tied: ['The coin that landed on its edge'],
  },
  direct: {
    happy: ['Too much tambourine', 'Happy, allegedly'],
    calm: ['Furniture music', 'Wake up'],
    energetic: ['No brakes', 'Loud'],
    sad: ['Sad, with style', 'Rain again'],
    tied: ['Pick one'],
  },
};
