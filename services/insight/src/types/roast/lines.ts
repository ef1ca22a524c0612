import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { KnownMood } from '../../facts/ranking.js';
import { apart, carries, clearLead, high, low, mostly } from '../../statements/statement.js';
import { claiming, type Options, type Wordings } from '../../wording/draw.js';

type InRange = (range: string) => string;

/**
 * First sentences, each about the sound alone; no frame serves two moods. What takes a mood for all of the music claims
 * that it is most of it.
 */
export const openings: Record<ToneMode, Record<KnownMood, Wordings<InRange>>> = {
  neutral: {
    happy: [
      (range) =>
        `An inspection of your music over ${range} found confetti in the filters. The leading mood is happy.`,
      claiming(
        (range: string) =>
          `For the record: over ${range}, your music smiled more than it did anything else, and with all its teeth.`,
        mostly('happy'),
      ),
    ],
    calm: [
      (range) => `Calm came first in your music over ${range}, in the way that a screensaver is calm.`,
      claiming(
        (range: string) =>
          `It is noted that calm led your music over ${range}. It is also noted that nobody stayed awake to object.`,
        mostly('calm'),
        low('energy'),
      ),
    ],
    energetic: [
      (range) =>
        `First place in your music over ${range} went to energetic. The drum kit has been asked to explain itself.`,
      claiming(
        (range: string) => `Over ${range}, energetic led your music. The walls have submitted a statement.`,
        high('loudness'),
      ),
      claiming(
        (range: string) =>
          `According to the figures, your music spent ${range} kicking doors that were already open: energetic came first.`,
        mostly('energetic'),
        high('energy'),
      ),
    ],
    sad: [
      (range) => `Sad was the most common sound in your music over ${range}; the violins have been notified.`,
      claiming(
        (range: string) =>
          `The findings for ${range} are in, and your music has asked for a window seat and some rain. Sad came first.`,
        mostly('sad'),
      ),
    ],
  },
  supportive: {
    happy: [
      (range) => `Bless it, happy was the first thing out of your music over ${range}, and it waved.`,
      claiming(
        (range: string) =>
          `With real affection: over ${range} your music was so happy that it should come with a sunhat.`,
        mostly('happy'),
        high('valence'),
      ),
      claiming(
        (range: string) =>
          `Your music spent ${range} like a golden retriever at a beach: happy, wet and very loud about it.`,
        mostly('happy'),
        high('loudness'),
      ),
    ],
    calm: [
      (range) => `Lovely as it is, your music over ${range} put calm first, with a blanket over its knees.`,
      claiming(
        (range: string) => `Your music over ${range} was so calm that the playlist needed a pulse check.`,
        mostly('calm'),
        low('energy'),
      ),
      claiming(
        (range: string) =>
          `Your music deserves credit: nobody has done this little over ${range} with this much grace. Calm leads.`,
        mostly('calm'),
        low('energy'),
      ),
    ],
    energetic: [
      (range) =>
        `Somebody had to say it kindly: energetic came first in your music over ${range}, and it did not wipe its feet.`,
      claiming(
        (range: string) => `Your music over ${range} was energetic enough to shake fruit off trees.`,
        mostly('energetic'),
        high('energy'),
      ),
      claiming(
        (range: string) =>
          `Dear old thing, your music ran through ${range} with its shoelaces undone. Energetic came first, panting.`,
        high('energy'),
      ),
    ],
    sad: [
      (range) =>
        `A warm hand on the shoulder of your music over ${range}: sad came first, and it had packed a handkerchief.`,
      claiming(
        (range: string) =>
          `Your music over ${range} was sad in the best tradition: candle, window, another chorus.`,
        mostly('sad'),
      ),
    ],
  },
  playful: {
    happy: [
      (range) => `Breaking: happy got to the front of your music over ${range} and is waving at the cameras.`,
      claiming(
        (range: string) =>
          `Over ${range}, your music laughed at its own jokes, and happy won by a mile of bunting.`,
        { ...clearLead, strength: 'strong' },
      ),
      claiming(
        (range: string) =>
          `Your music showed up to ${range} in a party hat and never took it off. Happy, obviously.`,
        mostly('happy', 'strong'),
      ),
    ],
    calm: [
      (range) => `Psst, on tiptoe: calm came first in your music over ${range}, with a biscuit in its hand.`,
      claiming(
        (range: string) => `If your music over ${range} were any calmer, moss would grow on the speakers.`,
        mostly('calm', 'strong'),
        low('energy'),
      ),
    ],
    energetic: [
      (range) =>
        `Over ${range}, energetic elbowed its way to the front of your music. No apology was received.`,
      claiming(
        (range: string) =>
          `Over ${range}, your music drank every espresso in the building and asked for the machine. Energetic!`,
        mostly('energetic'),
        high('energy'),
      ),
      claiming(
        (range: string) =>
          `Your music took ${range} for a bouncy castle: energetic first, consequences later.`,
        mostly('energetic'),
      ),
    ],
    sad: [
      (range) => `Over ${range}, sad took the window seat in your music and sighed at the glass.`,
      claiming(
        (range: string) =>
          `Over ${range}, your music bought a long coat and learned to stare at harbours. Sad takes the crown.`,
        mostly('sad'),
      ),
      claiming(
        (range: string) =>
          `Your music spent ${range} writing letters by candlelight and then posting them to the sea: sad leads.`,
        mostly('sad'),
      ),
    ],
  },
  direct: {
    happy: [
      (range) => `Happy in front over ${range}. Noted, with a small cough.`,
      claiming((range: string) => `Happy won ${range}. The tambourine is exhausted.`, mostly('happy')),
    ],
    calm: [
      (range) => `Calm led your music over ${range}. Wake it gently.`,
      claiming(
        (range: string) => `Your music over ${range}: calm, verging on furniture.`,
        mostly('calm'),
        low('energy'),
      ),
    ],
    energetic: [
      (range) => `Over ${range}, energetic got there first. Somebody had to.`,
      claiming(
        (range: string) => `Energetic led over ${range}. Your music has no brakes.`,
        mostly('energetic'),
        high('energy'),
        high('loudness'),
      ),
      claiming(
        (range: string) => `Loudly put, your music was energetic over ${range}.`,
        mostly('energetic'),
        high('loudness'),
      ),
    ],
    sad: [
      (range) => `Your music over ${range}: sad first, umbrella second.`,
      claiming(
        (range: string) => `Sad took ${range}. Even the handclaps looked at the floor.`,
        mostly('sad'),
      ),
    ],
  },
};

export const tiedOpenings: Record<ToneMode, Options<(moods: string) => string>> = {
  neutral: [
    (moods) =>
      `The jury could not decide what your music is: ${moods} share first place, and nobody would leave the stage.`,
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
export const ends: Record<ToneMode, Wordings<string>> = {
  neutral: [
    'The case is closed, and the music may go home without a stain on its character.',
    'None of this is binding. Taste is not measured here, and a good song needs no defence.',
    'Sentence: one more play of whatever is your favourite, at a volume of your own choosing.',
  ],
  supportive: [
    'It is teased because it is liked; nobody roasts what bores them.',
    claiming(
      'Do not change a thing; music this sure of itself is rare.',
      { ...clearLead, strength: 'strong' },
      apart('moods', 'low'),
      carries,
    ),
    'Keep playing it. The world has plenty of tasteful silence already.',
  ],
  playful: [
    'No songs were harmed in the making of this roast. Play them again, they like it.',
    'All jokes aside, this is a collection with a face, and the face is a good one.',
    'Court adjourned, drinks on the bass player, same time next snapshot.',
  ],
  direct: ['Still: good ears.', 'Keep it anyway.', 'It works, though.'],
};

export const titles: Record<ToneMode, Record<KnownMood | 'tied', Wordings<string>>> = {
  neutral: {
    happy: ['The people against the handclaps', 'A complaint about confetti'],
    calm: [
      'A formal notice to the cushions',
      claiming('Minutes of a very sleepy meeting', mostly('calm'), low('energy')),
    ],
    energetic: [
      'In the matter of the drum kit',
      claiming('Noise report', high('loudness')),
      claiming('A statement on behalf of the walls', high('loudness')),
    ],
    sad: ['In the matter of the violins', claiming('Report on a rainy window', mostly('sad'))],
    tied: ['A hung jury'],
  },
  supportive: {
    happy: [
      'Teased, with a smile',
      claiming('Sunshine, with love', high('valence')),
      claiming('Too cheerful to stay cross with', mostly('happy')),
    ],
    calm: ['Softly roasted', 'A gentle ribbing, in slippers'],
    energetic: ['Hugs, from behind the sofa', claiming('Lovingly loud', high('loudness'))],
    sad: ['A toast to the rainy songs', 'Tissues, fondly offered'],
    tied: ['Loved for its indecision'],
  },
  playful: {
    happy: [
      'The grin that got there first',
      claiming('Confetti everywhere', mostly('happy')),
      claiming('The grin that ate the speakers', mostly('happy')),
    ],
    calm: [
      'Calm, with biscuit',
      claiming('Moss on the speakers', mostly('calm'), low('energy')),
      claiming('This playlist has left for a nap', mostly('calm'), low('energy')),
    ],
    energetic: [
      'Elbows first',
      claiming('Who gave the playlist espresso?', high('energy')),
      claiming('Objects in your speakers are louder than they appear', high('loudness')),
    ],
    sad: ['Violins at dawn', claiming('Raincoat season', mostly('sad'))],
    tied: ['The coin that landed on its edge'],
  },
  direct: {
    happy: ['Happy, allegedly', claiming('Too much tambourine', mostly('happy'))],
    calm: ['Calm. Fine.', claiming('Furniture music', mostly('calm'), low('energy'))],
    energetic: [
      'Energetic, noted',
      claiming('No brakes', mostly('energetic'), high('energy'), high('loudness')),
      claiming('Loud', high('loudness')),
    ],
    sad: ['Sad, with style', claiming('Rain again', mostly('sad'))],
    tied: ['Pick one'],
  },
};
