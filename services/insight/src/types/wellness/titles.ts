import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { Options } from '../../wording/draw.js';
import type { KnownMood } from '../../wording/reading.js';

/** Titles where a single mood leads. */
export const titles: Record<ToneMode, Record<KnownMood, Options<string>>> = {
  neutral: {
    happy: ['Happy in front', 'A happy lead', 'Happy ahead of the rest'],
    calm: ['Calm ahead of the rest', 'Calm at the top', 'A calm lead'],
    energetic: ['Energetic first', 'An energetic lead', 'Energy at the front'],
    sad: ['Sad-sounding music in the lead', 'The sadder songs came first', 'A sad sound at the top'],
  },
  supportive: {
    happy: ['Bright company', 'Songs that smiled back', 'Brightness you came back to'],
    calm: ['Room to breathe', 'A quiet place in your music', 'The gentle songs stayed close'],
    energetic: ['Music with momentum', 'Songs that carried you along', 'A lively thread'],
    sad: ['Space for sad songs', 'Songs that keep company', 'The tender side of your music'],
  },
  playful: {
    happy: ['Sunny side out', 'Certified grin material', 'Your speakers were smiling'],
    calm: ['The slipper sessions', 'Do not disturb: calm music playing', 'Softly does it'],
    energetic: ['Batteries very much included', 'Seat belts recommended', 'Powered by snare drums'],
    sad: ['Blue, but beautifully so', 'A fine season for sighing', 'Umbrella songs'],
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
