import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { KnownMood } from '../../facts/ranking.js';
import type { Draw, Options } from '../../wording/draw.js';
import type { Reading } from '../../wording/reading.js';

/** Things to do with the music that led. */
const withMood: Record<ToneMode, Record<KnownMood, Options<string>>> = {
  neutral: {
    happy: [
      'Collect the happy-sounding tracks in a playlist of their own and see when you reach for it.',
      'Play a bright track next to a calm one and notice how each changes the other.',
    ],
    calm: [
      'Keep the calm tracks in a playlist for reading or for the end of the day.',
      'Compare calm tracks in the morning with the same ones late in the evening.',
    ],
    energetic: [
      'Set the energetic tracks aside for walks, chores or anything that needs a push.',
      'After a run of energetic tracks, try a slower one and notice the contrast.',
    ],
    sad: [
      'Put the sad-sounding tracks in a playlist and note which ones you play for their melody and which for their words.',
      'Follow a sad-sounding track with a brighter one and compare the arrangements.',
    ],
  },
  supportive: {
    happy: [
      'Save the happy songs you love most somewhere easy to find; they make good company on grey mornings.',
      'Share a bright song with somebody who would enjoy it.',
    ],
    calm: [
      'Give a calm track the last few minutes of the day, with nothing else going on.',
      'Let a calm album play from beginning to end, just once, at its own pace.',
    ],
    energetic: [
      'Pick a favourite energetic song and move to it for as long as it lasts, however you like.',
      'Bring the energetic songs along on a walk and let them set the pace.',
    ],
    sad: [
      'Play a sad song you love with full attention and enjoy how well it is made.',
      'When a sad song has said what it had to say, let a warmer one answer it.',
    ],
  },
  playful: {
    happy: [
      'Deploy a happy song while washing up. Sing into the spatula.',
      'Appoint an official anthem for Mondays from the happy pile.',
    ],
    calm: [
      'Challenge a calm track to outlast a cup of tea.',
      'Make a playlist called “Please knock” and fill it with the calm ones.',
    ],
    energetic: [
      'Try beating an energetic song at tidying a room before it ends.',
      'Give an energetic track to the next hill you meet and see who wins.',
    ],
    sad: [
      'Stage a tiny awards night: best sigh, best rain, best slow guitar.',
      'Follow a sad song with the silliest one in your library and watch the two of them make conversation.',
    ],
  },
  direct: {
    happy: ['Save the happy tracks in a playlist.', 'Start a morning with a happy track.'],
    calm: ['Save the calm tracks for evenings.', 'Play a calm track before sleep.'],
    energetic: ['Use energetic tracks for chores or walks.', 'Save the energetic tracks for a run.'],
    sad: ['Play a sad track, then a bright one. Compare.', 'Sort the sad tracks by what you like in them.'],
  },
};

/** Things to do with any music. */
const general: Record<ToneMode, Options<string>> = {
  neutral: [
    'Take another snapshot in a while; changes say more than any single reading.',
    'Look through the list for a track whose label surprises you, since sound and meaning often part ways.',
    'Note what was going on when you last played some of these tracks; the data does not know it.',
  ],
  supportive: [
    'Come back for another snapshot when the season changes, and see what your music is up to by then.',
    'Revisit a song you have not played for a long while and see how it meets you now.',
    'If any of this rings false, trust your own ear; it knows more than the numbers.',
  ],
  playful: [
    'Let a friend guess your top mood before you show them this. Wagers optional.',
    'Play the next song you would normally skip, all the way through, and report back to nobody.',
    'Return for a new snapshot in a while, if only to see which mood has been plotting a comeback.',
  ],
  direct: [
    'Take another snapshot later and compare.',
    'Check which tracks you disagree with.',
    'Add something new to the mix.',
  ],
};

/** Towards a mood that did not occur; offered, not advised. */
const missing: Record<ToneMode, (mood: KnownMood) => string> = {
  neutral: (mood) => `For contrast, add something that sounds ${mood} to you; none of the sorted tracks did.`,
  supportive: (mood) =>
    `Curious about something different? Something ${mood} would be new ground in this mix.`,
  playful: (mood) => `Smuggle something ${mood} into the queue and see whether the others make room.`,
  direct: (mood) => `Try something ${mood}.`,
};

/** Two or three things to try; none of them promises an effect. */
export function tips(r: Reading, tone: ToneMode, draw: Draw): string[] {
  const leader = r.leaders[0];
  const ideas = draw.shuffled('general', general[tone]);
  if (!leader || r.weak || r.sortedTracks === 1) return ideas.slice(0, 2);
  const first = draw.pick('with-mood', withMood[tone][leader]);
  // Nobody needs advice to add sad songs.
  const [absent] = draw.shuffled('missing', r.absent).filter((mood) => mood !== 'sad');
  return [
    first,
    ...ideas.slice(0, 1),
    ...(absent && r.sortedTracks > 2 ? [missing[tone](absent)] : ideas.slice(1, 2)),
  ];
}
