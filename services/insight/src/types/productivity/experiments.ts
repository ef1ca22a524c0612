import type { ToneMode } from '@undertone/contracts/insight/insight';
import { type Level, level } from '../../facts/scale.js';
import type { Draw, Options } from '../../wording/draw.js';
import type { Reading } from '../../wording/reading.js';

/** Something to try because of how much is sung. */
const ofVoices: Record<ToneMode, Record<Level, Options<string>>> = {
  neutral: {
    low: [
      'For one task that is made of words, try something without singing, and note whether it matters to you.',
    ],
    mid: ['Sort a few of these tracks into sung and wordless, and note which ones you leave on.'],
    high: ['For one dull task, try something with singing instead, and note which you would rather keep.'],
  },
  supportive: {
    low: ['When a text needs reading, see how a song without words feels beside it.'],
    mid: ['Keep one list with words and one without, and let the task choose.'],
    high: ['Next time the dishes wait, invite a singer and see how that goes.'],
  },
  playful: {
    low: ['Send the singer out for sandwiches during one e-mail, and compare notes.'],
    mid: ['Hold auditions: one song with words, one without, same chore.'],
    high: ['Hire a singer for the filing. Fire at will.'],
  },
  direct: {
    low: ['Try one task without lyrics.'],
    mid: ['Split the list: lyrics, no lyrics.'],
    high: ['Try one task with lyrics.'],
  },
};

/** Things to try with any music. */
const general: Record<ToneMode, Options<string>> = {
  neutral: [
    'Play the same album for the same kind of task on two days, and change the album on the third.',
    'Work one stretch in silence, for comparison.',
    'Write down what was on when a task went the way you wanted; after a while, look for a pattern.',
  ],
  supportive: [
    'Leave some of the day unscored; silence is allowed a turn.',
    'If a song keeps pulling you away from the task, let it, and give it a moment of its own later.',
    'Notice which track you put on without thinking, and keep that one close.',
  ],
  playful: [
    'Give silence a trial shift. It is cheap and brings its own chair.',
    'Name a playlist after your least favourite chore and see whether it turns up.',
    'Let one album be the official sound of Tuesdays. Tuesdays have so little.',
  ],
  direct: [
    'Try silence once.',
    'Keep what you leave on. Drop what you skip.',
    'Same task, two playlists. Compare.',
  ],
};

/** Two or three things to try; what comes of them is the reader's to see. */
export function experiments(r: Reading, tone: ToneMode, draw: Draw): string[] {
  const sung = level(r, 'instrumentalness');
  const ideas = draw.shuffled('general', general[tone]);
  const first = sung ? [draw.pick('of-voices', ofVoices[tone][sung])] : [];
  return [...first, ...ideas.slice(0, tone === 'direct' ? 1 : 2)];
}
