import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { Draw, Options } from '../../wording/draw.js';
import { counted, coverageInTracks, type Reading } from '../../wording/reading.js';

type Line = (r: Reading) => string;

const n = coverageInTracks;
const p = (r: Reading) => `${r.show('coverage')}${r.things === 'plays' ? ' of plays' : ''}`;
const all = (r: Reading) => counted(r, r.show(`total_${r.things}_analyzed`));

/** Said wherever less than four fifths have known features. */
const partial: Record<ToneMode, Options<Line>> = {
  neutral: [
    (r) =>
      `Audio features are known for ${n(r)} (${p(r)}). Averages describe those alone; shares of moods count all ${all(r)}.`,
    (r) =>
      `Coverage is incomplete: features are known for ${n(r)} (${p(r)}), and the remainder may sound different.`,
  ],
  supportive: [
    (r) =>
      `Please hold this lightly: features are known for ${n(r)} (${p(r)}), and the rest of your music may tell it differently.`,
    (r) => `It is only part of the picture, since features are known for ${n(r)} (${p(r)}).`,
  ],
  playful: [
    (r) =>
      `The small print: features are known for ${n(r)} (${p(r)}). What the rest get up to is anyone’s guess.`,
    (r) =>
      `A confession from the measuring department: features are known for ${n(r)} (${p(r)}), so the others could be polka.`,
  ],
  direct: [
    (r) => `Features are known for ${n(r)} (${p(r)}). The rest is unread.`,
    (r) => `Limits: features are known for ${n(r)} (${p(r)}).`,
  ],
};

/** What numbers about recordings cannot tell. */
const soundAlone: Record<ToneMode, Options<string>> = {
  neutral: [
    'Moods are estimated from sound alone; lyrics, memories and reasons for pressing play are not part of the data.',
    'These figures describe recordings. What the songs meant when they were played lies outside what can be measured.',
    'A mood here is a label for how a recording sounds, worked out without its words and without its listener.',
  ],
  supportive: [
    'All of this is your music heard from the outside. What the songs mean is yours to say.',
    'Numbers catch the sound and miss the story, and the story belongs to you.',
    'Sound is all that was measured here; the reasons a song matters stay with the person who plays it.',
  ],
  playful: [
    'All of this comes from sound alone. The lyrics, the kitchen concerts and the reasons remain classified.',
    'Bear in mind that the numbers cannot hear words, remember summers or dance. They do their best.',
    'Measured by a machine that has never once cried at a key change, so add your own footnotes.',
  ],
  direct: [
    'Moods come from sound alone, not from lyrics or reasons.',
    'This describes recordings, nothing more.',
    'Sound was measured. Meaning was not.',
  ],
};

const dated = (date: string): Options<string> => [
  `The snapshot is dated ${date}.`,
  `All numbers come from the snapshot of ${date}.`,
];

/** The last paragraph: how much is known, what cannot be, and when it was. */
export function limits(r: Reading, tone: ToneMode, draw: Draw): string[] {
  const sentences = r.isPartial ? [draw.pick('partial', partial[tone])(r)] : [];
  sentences.push(draw.pick('sound-alone', soundAlone[tone]));
  if (tone === 'neutral') sentences.push(draw.pick('dated', dated(r.show('snapshot_date'))));
  return sentences;
}
