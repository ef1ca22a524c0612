import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { FeatureName } from '@undertone/contracts/listening/snapshot';
import { high, low, playsCounted } from '../../statements/statement.js';
import { claiming, type Wordings } from '../../wording/draw.js';

/** `dry` serves the neutral and the direct tone, `warm` the supportive and the playful one. */
export type JokeRegister = 'dry' | 'warm';
type Joke = (number: string) => string;

export const registerOf = (tone: ToneMode): JokeRegister =>
  tone === 'neutral' || tone === 'direct' ? 'dry' : 'warm';

/** A joke for each measure at each end of its scale. */
export const jokes: Record<FeatureName, Record<'low' | 'high', Record<JokeRegister, Wordings<Joke>>>> = {
  valence: {
    low: {
      dry: [
        (n) => `Brightness (valence) averaged ${n}, which is the level at which florists switch to lilies.`,
        (n) => `With a valence of ${n}, even the tambourine sounds as if it has read the news.`,
      ],
      warm: [
        (n) => `Valence sits at ${n}: somewhere a cello is wearing a scarf indoors.`,
        (n) => `At ${n} for brightness, this music brings its own small cloud, and the cloud is lovely.`,
      ],
    },
    high: {
      dry: [
        (n) => `Valence reached ${n}. Toothpaste advertisements have been rejected for less.`,
        (n) => `A valence of ${n} is what happens when nobody tells the glockenspiel to stop.`,
      ],
      warm: [
        (n) => `Brightness averaged ${n}, so please listen behind tinted glass.`,
        (n) => `With ${n} for valence, this playlist would wave at strangers from a bus.`,
      ],
    },
  },
  energy: {
    low: {
      dry: [
        (n) => `Energy came to ${n}; the metronome filed for early retirement.`,
        (n) => `At an energy of ${n}, several of these songs appear to be lying down.`,
      ],
      warm: [
        (n) => `Energy: ${n}. The drummer was last seen with a cup of cocoa.`,
        claiming(
          (n: string) => `An energy of ${n} means the loudest thing here may be the chair.`,
          low('loudness'),
        ),
      ],
    },
    high: {
      dry: [
        (n) => `Energy averaged ${n}, a figure usually printed on warning stickers.`,
        claiming((n: string) => `At ${n} for energy, the quiet passage is a rumour.`, high('loudness')),
      ],
      warm: [
        (n) => `Energy hit ${n}; the furniture has asked for knee pads.`,
        (n) => `With an energy of ${n}, this music opens jars by looking at them.`,
      ],
    },
  },
  danceability: {
    low: {
      dry: [
        (n) => `Danceability of ${n}: the floor is safe.`,
        (n) => `At ${n} for danceability, a wedding DJ would fake a power cut.`,
      ],
      warm: [
        (n) => `Danceability settled at ${n}, which is ideal for people who guard the coats.`,
        (n) => `With ${n} for danceability, the only thing moving is the record.`,
      ],
    },
    high: {
      dry: [
        (n) => `Danceability stands at ${n}, so the bass line does most of the talking.`,
        (n) => `A danceability of ${n} leaves little room for verses, and they were not missed.`,
      ],
      warm: [
        (n) => `At ${n} for danceability, not even the fridge stands still.`,
        claiming(
          (n: string) => `Danceability came to ${n}; the kitchen tiles know every step by now.`,
          playsCounted,
        ),
      ],
    },
  },
  acousticness: {
    low: {
      dry: [
        (n) => `Acousticness: ${n}. No tree was involved.`,
        (n) => `With an acousticness of ${n}, a power cut would end the evening.`,
      ],
      warm: [
        (n) => `At ${n} for acousticness, the campfire guitar has been reported missing.`,
        (n) => `Acousticness came in at ${n}; somewhere a socket is glowing with pride.`,
      ],
    },
    high: {
      dry: [
        (n) => `Acousticness averaged ${n}, and you can hear the cardigan.`,
        (n) => `At ${n} for acousticness, the heaviest equipment on stage is a stool.`,
      ],
      warm: [
        (n) => `An acousticness of ${n}: this music was carved, sanded and oiled by hand.`,
        (n) => `With ${n} for acousticness, this music owns a porch.`,
      ],
    },
  },
  instrumentalness: {
    low: {
      dry: [
        (n) => `Instrumentalness is ${n}, because nobody here can play a bar without explaining it.`,
        (n) => `At ${n} for instrumentalness, the singers never leave. They do not even sit.`,
      ],
      warm: [
        (n) => `Instrumentalness: ${n}. The guitar solo raised its hand and was not called on.`,
        (n) => `With ${n} for instrumentalness, somebody is always mid-sentence.`,
      ],
    },
    high: {
      dry: [
        (n) => `An instrumentalness of ${n} makes this the best-dressed waiting room in town.`,
        (n) => `At ${n} for instrumentalness, karaoke night lasted as long as expected.`,
      ],
      warm: [
        (n) => `Instrumentalness reached ${n}; the singers are on holiday and sent no postcard.`,
        (n) => `With ${n} for instrumentalness, singing along means humming with conviction.`,
      ],
    },
  },
  speechiness: {
    low: {
      dry: [
        (n) => `Speechiness: ${n}. Strictly no announcements.`,
        (n) => `At ${n} for speechiness, nobody wasted time on talk between the notes.`,
      ],
      warm: [
        (n) => `With a speechiness of ${n}, this is a library that happens to have a beat.`,
        claiming(
          (n: string) => `Speechiness stayed at ${n}: all song, no small talk.`,
          low('instrumentalness'),
        ),
      ],
    },
    high: {
      dry: [
        (n) => `Speechiness came to ${n}; the beat could not get a word in.`,
        (n) => `At ${n} for speechiness, this is a meeting with drums.`,
      ],
      warm: [
        (n) => `With ${n} for speechiness, the songs have a lot to tell and have brought notes.`,
        (n) => `Speechiness reached ${n}, so bring a chair and nod in the right places.`,
      ],
    },
  },
  liveness: {
    low: {
      dry: [
        (n) => `Liveness: ${n}. Nobody clapped.`,
        (n) => `At ${n} for liveness, the studio door was locked twice.`,
      ],
      warm: [
        (n) => `With a liveness of ${n}, the only audience was a potted plant.`,
        (n) => `Liveness stayed at ${n}; the crowd is still looking for parking.`,
      ],
    },
    high: {
      dry: [
        (n) => `Liveness averaged ${n}, and the meter swears that somebody cheered.`,
        (n) => `At ${n} for liveness, row four is suspected of having coughed.`,
      ],
      warm: [
        (n) => `Liveness of ${n}: the meter thinks that a stranger asked for the one with the whistling.`,
        (n) => `With ${n} for liveness, the applause deserves a songwriting credit.`,
      ],
    },
  },
  tempo: {
    low: {
      dry: [
        (n) => `The average tempo was ${n}; continents have drifted to this.`,
        (n) => `At ${n}, the chorus is expected by Thursday.`,
      ],
      warm: [
        (n) => `An average of ${n}: a snail could take this as a personal soundtrack.`,
        (n) => `The beat strolls by at ${n} and stops to look at ducks.`,
      ],
    },
    high: {
      dry: [
        (n) => `The average tempo was ${n}. The songs seem to be late for something.`,
        (n) => `At ${n} on average, the drummer is paid by the stroke.`,
      ],
      warm: [
        (n) => `An average of ${n}: the only way to tap along is with both feet and a lid.`,
        (n) => `The beat runs at ${n} and has not once looked back.`,
      ],
    },
  },
  loudness: {
    low: {
      dry: [
        (n) => `Average loudness: ${n}. The neighbours think nobody lives here.`,
        (n) => `At ${n}, a page turned in the wrong place ruins the song.`,
      ],
      warm: [
        (n) => `Loudness whispered in at ${n}; even the mice asked for more volume.`,
        (n) => `With ${n} on average, this music says please before each note.`,
      ],
    },
    high: {
      dry: [
        (n) => `Average loudness: ${n}. The volume knob is decorative.`,
        (n) => `At ${n}, the quiet part is quiet in name only.`,
      ],
      warm: [
        (n) => `Loudness averaged ${n}; the walls have started to lean away.`,
        claiming(
          (n: string) => `Loudness averaged ${n}; the walls know all the words.`,
          low('instrumentalness'),
        ),
        claiming(
          (n: string) => `With ${n} on average, the neighbours could sing the bridge.`,
          low('instrumentalness'),
        ),
      ],
    },
  },
};
