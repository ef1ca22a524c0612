import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { Facts } from '../../facts/facts.js';
import { level, spread } from '../../facts/scale.js';
import { apart, at, tie } from '../../statements/statement.js';
import { caveats } from '../../wording/caveats.js';
import type { Draw } from '../../wording/draw.js';
import { type HighlightedMeasure, measureLines, type Register } from '../../wording/measure-lines.js';
import { origin } from '../../wording/origin.js';
import { labelledShare, plainOpening, plainTitle, shareOfAll } from '../../wording/plain.js';
import {
  closeBehind,
  coverageInTracks,
  leadersShare,
  listed,
  type Reading,
  read,
} from '../../wording/reading.js';
import { sparse } from '../../wording/sparse.js';
import { bodyOf, type Declare, written } from '../../wording/written.js';
import { experiments } from './experiments.js';
import {
  evenness,
  openings,
  pace,
  partial,
  shares,
  tiedOpenings,
  titles,
  unknowable,
  voices,
} from './lines.js';

/** Describes the music as a background to work: voices, pace, evenness; then what could be tried. */
export const writeProductivity = (
  facts: Facts,
  tone: ToneMode,
  seed: string,
  declare?: Declare,
): InsightText => written(facts, seed, declare, (draw) => textOf(facts, tone, draw));

function textOf(facts: Facts, tone: ToneMode, draw: Draw): InsightText {
  const r = read(facts, draw);
  if (r.extent !== 'moods') return sparse(r, r.extent, tone, draw);
  const paragraphs = [
    [
      opening(r, tone, draw),
      draw.pick('share', shares[tone])(leadersShare(r)),
      ...closeBehind(r),
      ...caveats(r, tone, draw),
    ],
    background(r, tone, draw),
    [...(r.isPartial ? [partial[tone](coverageInTracks(r))] : []), draw.pick('unknowable', unknowable[tone])],
    origin(r),
  ];
  return {
    title: title(r, tone, draw),
    body: bodyOf(paragraphs),
    highlights: highlights(r, tone, draw),
    tips: experiments(r, tone, draw),
  };
}

function opening(r: Reading, tone: ToneMode, draw: Draw): string {
  const [mood, ...others] = r.leaders;
  const plain = () => plainOpening(r, tone, `over ${r.range}`);
  if (!mood || others.length > 0)
    return draw.lean('opening', tiedOpenings[tone], plain, tie)(listed(r.leaders));
  return draw.lean('opening', openings[tone][mood], plain)(r.range);
}

function title(r: Reading, tone: ToneMode, draw: Draw): string {
  const [mood, ...others] = r.leaders;
  const plain = plainTitle(r, tone);
  if (!mood || others.length > 0) return draw.lean('title', titles[tone].tied, plain, tie);
  return draw.lean('title', titles[tone][mood], plain);
}

/** What matters of music behind something else: whether somebody sings, how fast it is, how much it changes. */
function background(r: Reading, tone: ToneMode, draw: Draw): string[] {
  const sentences: string[] = [];
  const sung = level(r, 'instrumentalness');
  if (sung)
    sentences.push(
      draw.pick('voices', voices[tone][sung], at('instrumentalness', sung))(r.show('avg_instrumentalness')),
    );
  const speed = level(r, 'tempo');
  if (speed) sentences.push(draw.pick('pace', pace[tone][speed], at('tempo', speed))(r.show('avg_tempo')));
  const changes = spread(r, 'energy');
  if (changes) {
    const say = draw.pick('evenness', evenness[tone][changes], apart('energy', changes));
    sentences.push(say(r.show('std_energy'), r.things));
  }
  return sentences;
}

const cited: readonly HighlightedMeasure[] = [
  'speechiness',
  'loudness',
  'danceability',
  'acousticness',
  'liveness',
];

/** Measures that the body did not speak of, and how the moods are divided. */
function highlights(r: Reading, tone: ToneMode, draw: Draw): InsightText['highlights'] {
  const register: Register = tone === 'playful' || tone === 'direct' ? tone : 'plain';
  const lines = draw.shuffled('cited', cited).flatMap((name) => {
    const where = level(r, name);
    const options = where && measureLines[name][where]?.[register];
    return where && options ? [{ name, where, options }] : [];
  });
  const [leader] = r.leaders;
  const mood = leader && {
    metric: `mood_patterns.${leader}`,
    text: labelledShare(r, leader) ?? `${shareOfAll(r, leader)} sounded ${leader}.`,
  };
  const told = lines.slice(0, tone === 'direct' ? 1 : 2).map(({ name, where, options }) => ({
    metric: `avg_${name}`,
    text: draw.pick(`cited/${name}`, options, at(name, where))(r.show(`avg_${name}`)),
  }));
  return [...(mood ? [mood] : []), ...told].map(({ metric, text }) => ({
    metric,
    text: text.charAt(0).toUpperCase() + text.slice(1),
  }));
}
