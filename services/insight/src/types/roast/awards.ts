import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { FeatureName } from '@undertone/contracts/listening/snapshot';
import { diversity, type Level } from '../../facts/scale.js';
import { apart, high, low } from '../../statements/statement.js';
import { claiming, type Draw, type Options, type Wordings } from '../../wording/draw.js';
import { labelledShare, plainShare } from '../../wording/plain.js';
import { capitalised, type Reading } from '../../wording/reading.js';
import { type JokeRegister, registerOf } from './jokes.js';

type Highlight = InsightText['highlights'][number];
type Award = (number: string) => string;

/** Prizes that were never asked for. */
const prizes: Record<ToneMode, Options<(mood: string, share: string, things: string) => string>> = {
  neutral: [
    (mood, share, things) =>
      `Most frequent offender of those known: ${mood}, with ${share} of all ${things}.`,
  ],
  supportive: [(mood, share, things) => `The audience award goes to ${mood}: ${share} of all ${things}.`],
  playful: [(mood, share, things) => `Golden kazoo for ${mood}, heard in ${share} of all ${things}.`],
  direct: [(mood, share, things) => `${capitalised(mood)}: ${share} of all ${things}. Enough.`],
};

const range: Record<Level, Record<ToneMode, Award>> = {
  low: {
    neutral: (n) => `Range of moods: ${n}. Few moods, well practised.`,
    supportive: (n) => `A mood diversity of ${n}: few moods, all of them at home.`,
    playful: (n) => `Mood diversity ${n}: a pony of few but excellent tricks.`,
    direct: (n) => `Low mood variety: ${n}.`,
  },
  mid: {
    neutral: (n) => `Range of moods: ${n}. Some variety, and some alibis.`,
    supportive: (n) => `A mood diversity of ${n}, so there is some variety after all.`,
    playful: (n) => `Mood diversity ${n}: some variety, with sprinkles.`,
    direct: (n) => `Mood diversity ${n}. Some variety.`,
  },
  high: {
    neutral: (n) => `Range of moods: ${n}. A policy of everything at once.`,
    supportive: (n) => `A mood diversity of ${n}: every door in the house is open.`,
    playful: (n) => `Mood diversity ${n}: shuffle has given up and gone home.`,
    direct: (n) => `Mood diversity ${n}. Make up your playlist.`,
  },
};

/** Measures that the body left alone. */
const asides: Partial<Record<FeatureName, Record<JokeRegister, Wordings<Award>>>> = {
  tempo: {
    dry: [
      (n) => `Average speed on the way to the chorus: ${n}.`,
      (n) => `The drummer’s invoice says ${n} on average.`,
    ],
    warm: [
      (n) => `Average foot-tap: ${n}, shoes optional.`,
      claiming(
        (n: string) => `The metronome clocked ${n} on average and would like a holiday.`,
        high('tempo'),
      ),
    ],
  },
  loudness: {
    dry: [
      (n) => `Loudness: ${n}. The fader declined to comment.`,
      claiming((n: string) => `Average volume, before complaints: ${n}.`, high('loudness')),
      claiming((n: string) => `Loudness of ${n}. The neighbours keep a diary.`, high('loudness')),
    ],
    warm: [
      (n) => `Average loudness: ${n}, measured with a teaspoon.`,
      claiming((n: string) => `Loudness: ${n}. The cat has notes.`, high('loudness')),
      claiming((n: string) => `At ${n} on average, the teacups know the bass line.`, high('loudness')),
    ],
  },
  danceability: {
    dry: [
      (n) => `Danceability: ${n}. The hips were not available for comment.`,
      claiming((n: string) => `Danceability, as confirmed by one reluctant foot: ${n}.`, low('danceability')),
    ],
    warm: [
      (n) => `A danceability of ${n}, as judged by a broom with a good sense of rhythm.`,
      claiming((n: string) => `Danceability ${n}, certified by the kitchen floor.`, high('danceability')),
    ],
  },
  acousticness: {
    dry: [(n) => `Wood content: ${n} for acousticness.`, (n) => `Acousticness: ${n}. A tree was consulted.`],
    warm: [
      (n) => `An acousticness of ${n}, weighed on a very small guitar.`,
      claiming((n: string) => `Acousticness ${n}, splinters included.`, high('acousticness')),
    ],
  },
  energy: {
    dry: [
      (n) => `Energy: ${n}. The meter asked not to be named.`,
      claiming((n: string) => `Energy of ${n}, before coffee.`, low('energy')),
    ],
    warm: [
      (n) => `An energy of ${n}, biscuits not included.`,
      claiming((n: string) => `Energy ${n}, counted in raised eyebrows.`, high('energy')),
    ],
  },
};

/** The highlights of a roast: the leading mood, how varied it was, and a measure or two that the body did not use. */
export function awards(r: Reading, used: readonly FeatureName[], tone: ToneMode, draw: Draw): Highlight[] {
  const [leader] = r.leaders;
  const list: Highlight[] = [];
  if (leader) {
    const share = r.show(`mood_patterns.${leader}.percentage`);
    const text =
      r.leaders.length > 1
        ? `Joint first of the known moods: ${leader}, with ${share} of all ${r.things}.`
        : (labelledShare(r, leader) ?? draw.lean('prize', prizes[tone], plainShare)(leader, share, r.things));
    list.push({ metric: `mood_patterns.${leader}`, text: capitalised(text) });
  }
  const variety = diversity(r);
  if (variety && r.lead !== 'sole' && r.sortedTracks > 2) {
    draw.declare(apart('moods', variety));
    list.push({ metric: 'mood_diversity_score', text: range[variety][tone](r.show('mood_diversity_score')) });
  }
  const left = draw
    .shuffled('asides', Object.keys(asides) as FeatureName[])
    .filter((name) => !used.includes(name) && r.average(name) !== null);
  for (const name of left.slice(0, tone === 'direct' ? 1 : 2)) {
    const lines = asides[name]?.[registerOf(tone)];
    if (lines)
      list.push({ metric: `avg_${name}`, text: draw.pick(`aside/${name}`, lines)(r.show(`avg_${name}`)) });
  }
  return list;
}
