import type { FeatureName } from '@undertone/contracts/listening/snapshot';
import type { Level } from '../facts/scale.js';
import { low } from '../statements/statement.js';
import { claiming, type Wordings } from './draw.js';

/** The measures that highlights speak of; brightness and energy have their own paragraph. */
export type HighlightedMeasure = Exclude<FeatureName, 'valence' | 'energy'>;

/** `plain` serves the neutral and the supportive tone. */
export type Register = 'plain' | 'playful' | 'direct';

type Say = (number: string) => string;
type Lines = Record<Register, Wordings<Say>>;

/**
 * Each measure at each level, in frames of its own. Where a level says nothing worth a reader's time (little talk, no
 * audience), there is no line.
 */
export const measureLines: Record<HighlightedMeasure, Partial<Record<Level, Lines>>> = {
  danceability: {
    low: {
      plain: [
        (n) => `A danceability of ${n} suggests music for listening more than for moving.`,
        (n) => `Steady dance beats were not the point here: danceability averaged ${n}.`,
      ],
      playful: [(n) => `The dance floor got the night off, with danceability at ${n}.`],
      direct: [(n) => `Not dance music on the whole: ${n} for danceability.`],
    },
    mid: {
      plain: [
        (n) => `With danceability averaging ${n}, the beat was there for anyone who wanted it.`,
        (n) =>
          `The pulse stayed in the middle ground between dancing and listening, at ${n} for danceability.`,
      ],
      playful: [(n) => `Danceability of ${n}: toes tapped, nobody knocked over a lamp.`],
      direct: [(n) => `Danceability is middling at ${n}.`],
    },
    high: {
      plain: [
        (n) => `The music was easy to move to, averaging ${n} for danceability.`,
        (n) => `A regular, danceable pulse ran through it, ${n} on average.`,
      ],
      playful: [(n) => `Feet received clear instructions: danceability averaged ${n}.`],
      direct: [(n) => `Easy to dance to, at ${n}.`],
    },
  },
  acousticness: {
    low: {
      plain: [
        (n) => `Acousticness averaged just ${n}, which points to electric and produced sounds.`,
        (n) => `On average, acousticness is low, at ${n}.`,
      ],
      playful: [(n) => `Plugged in, with acousticness down at ${n}; the campfire guitar stayed in its case.`],
      direct: [(n) => `Low acousticness: ${n}.`],
    },
    mid: {
      plain: [
        (n) => `Acousticness lies in the middle of its scale on average, at ${n}.`,
        (n) => `An average acousticness of ${n} decides for neither wood nor wire.`,
      ],
      playful: [
        (n) => `Neither the campfire nor the power socket can claim it: acousticness landed on ${n}.`,
      ],
      direct: [(n) => `Acousticness is middling, ${n} on average.`],
    },
    high: {
      plain: [
        (n) => `On average it sounded acoustic, at ${n} for acousticness.`,
        (n) => `Acoustic textures stood out, averaging ${n}.`,
      ],
      playful: [(n) => `Acousticness reached ${n}, so you can nearly smell the wood of the guitars.`],
      direct: [(n) => `Strongly acoustic: ${n}.`],
    },
  },
  instrumentalness: {
    low: {
      plain: [
        (n) => `Voices led the way, at an average instrumentalness of ${n}.`,
        claiming(
          (n: string) => `Singing led the way, since instrumentalness averaged only ${n}.`,
          low('speechiness'),
        ),
      ],
      playful: [
        (n) => `The voices kept the microphone: instrumentalness came to a modest ${n}.`,
        claiming(
          (n: string) => `The singers kept the microphone: instrumentalness came to a modest ${n}.`,
          low('speechiness'),
        ),
      ],
      direct: [(n) => `Vocals dominate; instrumentalness is ${n}.`],
    },
    mid: {
      plain: [
        (n) => `Instrumentalness lies in the middle of its scale on average, at ${n}.`,
        (n) =>
          `At ${n}, instrumentalness lies between songs that lean on a singer and music that needs none.`,
      ],
      playful: [(n) => `An instrumentalness of ${n}: on average, neither the singers nor the soloists won.`],
      direct: [(n) => `Between vocal and instrumental: ${n}.`],
    },
    high: {
      plain: [
        (n) => `Words took a back seat, for instrumentalness averaged ${n}.`,
        (n) => `On average, instrumentalness is high, at ${n}.`,
      ],
      playful: [(n) => `At ${n} for instrumentalness, the lyrics sheet could fit on a stamp.`],
      direct: [(n) => `Instrumental on the whole: ${n}.`],
    },
  },
  speechiness: {
    high: {
      plain: [(n) => `Speechiness averaged ${n}, which is high for music.`],
      playful: [(n) => `Chatty stuff: speechiness talked its way up to ${n}.`],
      direct: [(n) => `High speechiness: ${n}.`],
    },
  },
  liveness: {
    high: {
      plain: [(n) => `On average, liveness is high, at ${n}, as it is where an audience can be heard.`],
      playful: [(n) => `Was that applause? Liveness averaged ${n}.`],
      direct: [(n) => `High liveness: ${n}.`],
    },
  },
  tempo: {
    low: {
      plain: [
        (n) => `The tempo took its time, averaging ${n}.`,
        (n) => `At ${n} on average, the beat was unhurried.`,
      ],
      playful: [(n) => `No running in the corridors: the average beat ambled along at ${n}.`],
      direct: [(n) => `Slow on average, ${n}.`],
    },
    mid: {
      plain: [
        (n) => `An average of ${n} is close to the pace of a brisk walk.`,
        (n) => `The beat kept to a medium pace, ${n} on average.`,
      ],
      playful: [(n) => `Average beat: ${n}, ideal for overtaking tourists on a pavement.`],
      direct: [(n) => `Medium pace: ${n} on average.`],
    },
    high: {
      plain: [
        (n) => `Fast beats pushed the average tempo to ${n}.`,
        (n) => `The pace was quick, ${n} on average.`,
      ],
      playful: [(n) => `Hold on to your hat, for the beat averaged ${n}.`],
      direct: [(n) => `Fast: ${n} on average.`],
    },
  },
  loudness: {
    low: {
      plain: [
        (n) => `The recordings left a lot of air around the sound, at ${n} on average.`,
        (n) => `The recordings were on the quiet side at an average of ${n}.`,
      ],
      playful: [(n) => `The neighbours may not have noticed: average loudness was ${n}.`],
      direct: [(n) => `Quiet recordings, ${n} on average.`],
    },
    mid: {
      plain: [
        (n) => `Recordings averaged ${n}, neither hushed nor pressed to the limit.`,
        (n) => `Loudness kept to a moderate ${n} on average.`,
      ],
      playful: [(n) => `Loudness: ${n}. Not a whisper, not a fire alarm.`],
      direct: [(n) => `Moderate loudness, ${n}.`],
    },
    high: {
      plain: [
        (n) => `These were loud recordings, ${n} on average.`,
        (n) => `Little was held back in volume, as an average loudness of ${n} shows.`,
      ],
      playful: [(n) => `The volume fader saw little rest: ${n} on average.`],
      direct: [(n) => `Loud recordings: ${n} on average.`],
    },
  },
};
