import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { KnownMood } from '../../facts/ranking.js';
import type { Level } from '../../facts/scale.js';
import { high, low, mostly } from '../../statements/statement.js';
import { claiming, type Options, type Wordings } from '../../wording/draw.js';

type Line = (number: string) => string;
type InRange = (range: string) => string;

/** First sentences: the leading mood as something to have in the background. No frame serves two moods. */
export const openings: Record<ToneMode, Record<KnownMood, Wordings<InRange>>> = {
  neutral: {
    happy: [
      (range) => `Behind a task, happy-sounding music would have come up most in your music over ${range}.`,
      claiming(
        (range: string) =>
          `As a background to work, your music over ${range} would have been a cheerful one: happy was its most frequent sound.`,
        mostly('happy'),
      ),
    ],
    calm: [
      (range) =>
        `Calm was the most frequent sound in your music over ${range}, and calm here means low in energy.`,
      claiming(
        (range: string) =>
          `Set behind a task, the commonest sound in your music of ${range} would have kept its voice down: calm leads.`,
        low('energy'),
      ),
    ],
    energetic: [
      (range) =>
        `Energetic music came up more than any other known mood in your music over ${range}, should a task want it.`,
      claiming(
        (range: string) =>
          `Your music over ${range} pushed forward more than it held back; energetic music had the largest share.`,
        high('energy'),
      ),
      claiming(
        (range: string) =>
          `A desk with your music of ${range} beside it would have had drive in its air, since energetic led.`,
        high('energy'),
      ),
    ],
    sad: [
      (range) =>
        `The sound that came up most in your music over ${range} was a sad one, which some like behind a task and some do not.`,
      claiming(
        (range: string) =>
          `Behind a task, your music of ${range} would have been on the darker side: sad-sounding music came first.`,
        low('valence'),
      ),
    ],
  },
  supportive: {
    happy: [
      (range) =>
        `There was a friendly sound to keep a task company: your music over ${range} was happy more often than anything else.`,
      claiming(
        (range: string) =>
          `Bright songs were close at hand over ${range}: happy ones led, and they are yours to use as you like while the kettle boils or the work runs.`,
        high('valence'),
      ),
    ],
    calm: [
      (range) => `Your music over ${range} knew how to leave a room to its thoughts: calm came first.`,
      claiming(
        (range: string) =>
          `Plenty of quiet was in reach over ${range}, for calm was the sound your music chose most.`,
        low('energy'),
        mostly('calm'),
      ),
    ],
    energetic: [
      (range) =>
        `If a task ever wanted company with some push in it, your music over ${range} had it ready: energetic led.`,
      claiming(
        (range: string) =>
          `Your music came to ${range} with its sleeves rolled up, energetic before anything else.`,
        high('energy'),
      ),
    ],
    sad: [
      (range) =>
        `Some people like a sad song beside a long task, some do not; your music over ${range} had more of them than of anything else.`,
      (range) =>
        `The songs nearest at hand over ${range} were sad-sounding ones, and only you know whether they belong next to your work.`,
    ],
  },
  playful: {
    happy: [
      (range) => `The office band of ${range} put happy first, and it kept winking at the photocopier.`,
      claiming(
        (range: string) => `Your music over ${range} would whistle through a tax return: happy came first.`,
        mostly('happy'),
      ),
    ],
    calm: [
      (range) => `Calm ran the background department over ${range}. The department has cushions.`,
      claiming(
        (range: string) =>
          `Your music over ${range} put on felt slippers and tiptoed past the to-do list: calm leads.`,
        low('energy'),
      ),
    ],
    energetic: [
      (range) => `Your music over ${range} held a meeting. Energetic was in the chair.`,
      claiming(
        (range: string) =>
          `Over ${range}, your music answered e-mails by kicking the send button: energetic first.`,
        high('energy'),
        mostly('energetic'),
      ),
    ],
    sad: [
      (range) => `A cello came to the stand-up of ${range} and sat at the back: sad came first.`,
      claiming(
        (range: string) =>
          `The background orchestra of ${range} tuned up for rainy windows: sad leads, spreadsheets or no spreadsheets.`,
        mostly('sad'),
      ),
    ],
  },
  direct: {
    happy: [
      (range) => `Background of ${range}: happy first.`,
      claiming(
        (range: string) => `Happy led over ${range}, a bright sound to work next to.`,
        high('valence'),
      ),
    ],
    calm: [
      (range) => `Calm music led over ${range}.`,
      claiming((range: string) => `Gentle company over ${range}: calm first.`, low('energy')),
    ],
    energetic: [
      (range) => `In front over ${range}: energetic music.`,
      claiming((range: string) => `Over ${range}, energetic led. Forceful company.`, high('energy')),
    ],
    sad: [
      (range) => `Sad-sounding music led over ${range}.`,
      claiming((range: string) => `A dark background over ${range}: sad leads.`, low('valence')),
    ],
  },
};

export const tiedOpenings: Record<ToneMode, Options<(moods: string) => string>> = {
  neutral: [(moods) => `No single sound stood behind everything: ${moods} share first place.`],
  supportive: [(moods) => `There is a choice of company for a task here, since ${moods} share first place.`],
  playful: [(moods) => `The background band could not agree on a set list: ${moods} tie.`],
  direct: [(moods) => `No leader: ${moods} tie.`],
};

export const shares: Record<ToneMode, Options<Line>> = {
  neutral: [(share) => `That is ${share}.`, (share) => `The count behind it is ${share}.`],
  supportive: [(share) => `That makes ${share}.`],
  playful: [(share) => `Present at roll-call: ${share}.`],
  direct: [(share) => `Count: ${share}.`],
};

/** Whether there are voices; that they sing is said only where they do not speak. */
export const voices: Record<ToneMode, Record<Level, Wordings<Line>>> = {
  neutral: {
    low: [
      (n) => `Voices led: instrumentalness averaged ${n}, so there would be words in the room.`,
      claiming(
        (n: string) => `Singing led: instrumentalness averaged ${n}, so there would be words in the room.`,
        low('speechiness'),
      ),
    ],
    mid: [(n) => `Instrumentalness averaged ${n}, midway between sung and wordless.`],
    high: [(n) => `It was wordless rather than sung on average, at an instrumentalness of ${n}.`],
  },
  supportive: {
    low: [(n) => `Voices led in it (instrumentalness ${n}), company for some tasks and a rival for others.`],
    mid: [
      (n) =>
        `An average instrumentalness of ${n} lies midway between words and no words, so your ear decides.`,
    ],
    high: [(n) => `Words had the smaller part, for instrumentalness averaged ${n}.`],
  },
  playful: {
    low: [
      (n) => `The voices have the floor, instrumentalness being ${n}, and would like a word with your inbox.`,
      claiming(
        (n: string) =>
          `The singers have the floor, instrumentalness being ${n}, and would like a word with your inbox.`,
        low('speechiness'),
      ),
    ],
    mid: [(n) => `At ${n} for instrumentalness, the average will not say whether the singer is in today.`],
    high: [(n) => `Instrumentalness sits at ${n}: the vocalist works from home.`],
  },
  direct: {
    low: [
      (n) => `Voices led: instrumentalness ${n}.`,
      claiming((n: string) => `Singing led: instrumentalness ${n}.`, low('speechiness')),
    ],
    mid: [(n) => `Midway between sung and wordless: instrumentalness ${n}.`],
    high: [(n) => `Wordless rather than sung: instrumentalness ${n}.`],
  },
};

export const pace: Record<ToneMode, Record<Level, Options<Line>>> = {
  neutral: {
    low: [(n) => `The pace was slow, ${n} on average.`],
    mid: [(n) => `The pace was moderate at an average of ${n}.`],
    high: [(n) => `The pace was fast, with an average of ${n}.`],
  },
  supportive: {
    low: [(n) => `Its beat takes its time at ${n} on average.`],
    mid: [(n) => `Its beat walks along at an easy ${n} on average.`],
    high: [(n) => `Its beat is a quick one, ${n} on average.`],
  },
  playful: {
    low: [(n) => `The beat clocks in at ${n}, late and unbothered.`],
    mid: [(n) => `The beat keeps office hours at ${n}.`],
    high: [(n) => `The beat runs between meetings at ${n}.`],
  },
  direct: {
    low: [(n) => `Slow: ${n}.`],
    mid: [(n) => `Medium pace: ${n}.`],
    high: [(n) => `Fast: ${n}.`],
  },
};

/** How much energy changes between what was heard. */
export const evenness: Record<
  ToneMode,
  Record<Level, Options<(spread: string, things: string) => string>>
> = {
  neutral: {
    low: [
      (n, things) =>
        `The energy stays level between ${things} (standard deviation ${n}), so shuffle holds few jolts.`,
    ],
    mid: [(n, things) => `Energy varies moderately between ${things} (standard deviation ${n}).`],
    high: [
      (n, things) =>
        `Energy varies widely between ${things} (standard deviation ${n}), so shuffle may go from one end to the other.`,
    ],
  },
  supportive: {
    low: [(n) => `It is even company: energy hardly shifts between songs, with a spread of ${n}.`],
    mid: [(n) => `Energy shifts moderately from song to song, a spread of ${n}.`],
    high: [
      (n) => `It is lively company: with a spread of ${n} in energy, a whisper may be followed by a roar.`,
    ],
  },
  playful: {
    low: [(n) => `Energy spread is ${n}: no song will jump out from behind the filing cabinet.`],
    mid: [(n) => `Energy wobbles by ${n}, about as much as an office chair.`],
    high: [(n) => `With an energy spread of ${n}, shuffle is a fire drill waiting to happen.`],
  },
  direct: {
    low: [(n) => `Even: energy spread ${n}.`],
    mid: [(n) => `Moderate: energy spread ${n}.`],
    high: [(n) => `Uneven: energy spread ${n}.`],
  },
};

export const partial: Record<ToneMode, Line> = {
  neutral: (known) => `Features are known for ${known}; the remainder may sound different.`,
  supportive: (known) => `Features are known for ${known}, so your own ear knows more than this page.`,
  playful: (known) => `Features are known for ${known}. The others called in sick.`,
  direct: (known) => `Features are known for ${known}.`,
};

/** That no number here says what music does to work. */
export const unknowable: Record<ToneMode, Options<string>> = {
  neutral: [
    'None of these measures says what music does to work; that differs between people and between tasks.',
    'What any of it does for a task is not in the data, and no claim is made about it.',
  ],
  supportive: [
    'What suits your work is yours to find out; these numbers only say how the music sounded.',
    'Take it as a description and no advice: which music belongs beside your work, only you can tell.',
  ],
  playful: [
    'Whether any of this gets the laundry folded is between you and the laundry.',
    'No music was observed doing actual work. Results are not promised, only described.',
  ],
  direct: ['What it does for your work, the numbers do not say.', 'This describes sound, not output.'],
};

export const titles: Record<ToneMode, Record<KnownMood | 'tied', Wordings<string>>> = {
  neutral: {
    happy: [
      'Happy music beside the desk',
      claiming('A cheerful background', mostly('happy')),
      claiming('Bright music beside the desk', high('valence')),
    ],
    calm: ['Calm music beside the desk', claiming('A gentle background', low('energy'))],
    energetic: ['Energetic music beside the desk', claiming('A driving background', high('energy'))],
    sad: ['Sad music beside the desk', claiming('A darker background', low('valence'))],
    tied: ['A background of more than one sound'],
  },
  supportive: {
    happy: ['Happy company for a task'],
    calm: ['Calm company for a task'],
    energetic: ['Company with some push'],
    sad: ['Company with a sigh in it'],
    tied: ['Company to choose from'],
  },
  playful: {
    happy: ['The photocopier got a wink', claiming('Whistling past the to-do list', mostly('happy'))],
    calm: ['The cushion department', claiming('Felt slippers at the desk', low('energy'))],
    energetic: ['Energetic takes the chair', claiming('Send button, meet boot', high('energy'))],
    sad: ['A cello at the stand-up', claiming('Rain on the spreadsheet', mostly('sad'))],
    tied: ['The band that could not agree'],
  },
  direct: {
    happy: ['Background: happy first'],
    calm: ['Background: calm first'],
    energetic: ['Background: energetic first'],
    sad: ['Background: sad first'],
    tied: ['Background: a tie'],
  },
};
