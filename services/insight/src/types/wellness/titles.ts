import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { KnownMood } from '../../facts/ranking.js';
import { high, low, mostly, playsCounted } from '../../statements/statement.js';
import { claiming, type Options, type Wordings } from '../../wording/draw.js';

/** Titles where a single mood leads. */
export const titles: Record<ToneMode, Record<KnownMood, Wordings<string>>> = {
  neutral: {
    happy: ['Happy in front', 'A happy lead', 'Happy ahead of the rest'],
    calm: ['Calm ahead of the rest', 'Calm at the top', 'A calm lead'],
    energetic: ['Energetic first', 'An energetic lead'],
    sad: ['Sad-sounding music in the lead', 'The sad songs came first', 'A sad sound at the top'],
  },
  supportive: {
    happy: [
      'Songs that smiled back',
      claiming('Bright company', high('valence')),
      claiming('Brightness you came back to', high('valence'), playsCounted),
    ],
    calm: [
      'Room to breathe',
      'The calm songs stayed close',
      claiming('A gentle place in your music', low('energy')),
    ],
    energetic: [
      'Songs with momentum',
      'An energetic thread',
      claiming('Music with momentum', high('energy')),
    ],
    sad: ['Space for sad songs', 'Songs that keep company', 'The tender side of your music'],
  },
  playful: {
    happy: ['Certified grin material', 'Happy got there first', claiming('Sunny side out', high('valence'))],
    calm: [
      'The slipper sessions',
      'Do not disturb: calm music playing',
      claiming('Softly does it', low('loudness')),
    ],
    energetic: [
      'Batteries included',
      'Powered by snare drums',
      claiming('Seat belts recommended', high('energy'), mostly('energetic')),
    ],
    sad: ['Umbrella songs', 'A sigh at the front', claiming('Blue, but beautifully so', low('valence'))],
  },
  direct: {
    happy: ['Happy leads', 'Top mood: happy', 'Happy first'],
    calm: ['Calm leads', 'Top mood: calm', 'Calm first'],
    energetic: ['Energetic leads', 'Top mood: energetic', 'Energetic wins'],
    sad: ['Sad leads', 'Top mood: sad', 'Sad first'],
  },
};

export const tiedTitles: Record<ToneMode, Options<string>> = {
  neutral: ['No single leader', 'A shared first place'],
  supportive: ['Room for more than one mood', 'Different moods, equally welcome'],
  playful: ['It’s a draw', 'The judges could not decide'],
  direct: ['A tie', 'No clear leader'],
};
