import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { Facts } from '../../facts/facts.js';
import { level, spread } from '../../facts/levels.js';
import { Draw } from '../../wording/draw.js';
import { type HighlightedMeasure, measureLines, type Register } from '../../wording/measure-lines.js';
import { origin } from '../../wording/origin.js';
import { coverageInTracks, listed, type Reading, read, shareOfEach } from '../../wording/reading.js';
import { sparse } from '../../wording/sparse.js';
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
export function writeProductivity(facts: Facts, tone: ToneMode, seed: string): InsightText {
  const draw = new Draw(seed);
  const r = read(facts, draw);
  if (r.extent !== 'moods') return sparse(r, r.extent, tone, draw);
  const paragraphs = [
    [opening(r, tone, draw), draw.pick('share', shares[tone])(shareOfEach(r, r.leaders))],
    background(r, tone, draw),
    [...(r.isPartial ? [partial[tone](coverageInTracks(r))] : []), draw.pick('unknowable', unknowable[tone])],
    origin(r),
  ];
  return {
    title: draw.pick('title', titles[tone][r.leaders.length > 1 ? 'tied' : (r.leaders[0] ?? 'tied')]),
    body: paragraphs
      .filter((sentences) => sentences.length > 0)
      .map((sentences) => sentences.join(' '))
      .join('\n\n'),
    highlights: highlights(r, tone, draw),
    tips: experiments(r, tone, draw),
  };
}

function opening(r: Reading, tone: ToneMode, draw: Draw): string {
  const [mood, ...others] = r.leaders;
  if (!mood || others.length > 0) return draw.pick('opening', tiedOpenings[tone])(listed(r.leaders));
  return draw.pick('opening', openings[tone][mood])(r.range);
}

/** What matters of music behind something else: whether somebody sings, how fast it is, how much it changes. */
function background(r: Reading, tone: ToneMode, draw: Draw): string[] {
  const sentences: string[] = [];
  const sung = level(r, 'instrumentalness');
  if (sung) sentences.push(draw.pick('voices', voices[tone][sung])(r.show('avg_instrumentalness')));
  const speed = level(r, 'tempo');
  if (speed) sentences.push(draw.pick('pace', pace[tone][speed])(r.show('avg_tempo')));
  const changes = spread(r, 'energy');
  if (changes) sentences.push(draw.pick('evenness', evenness[tone][changes])(r.show('std_energy'), r.things));
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
    const at = level(r, name);
    const options = at && measureLines[name][at]?.[register];
    return options
      ? [{ metric: `avg_${name}`, text: draw.pick(`cited/${name}`, options)(r.show(`avg_${name}`)) }]
      : [];
  });
  const [leader] = r.leaders;
  const mood = leader && {
    metric: `mood_patterns.${leader}`,
    text: `${r.show(`mood_patterns.${leader}.percentage`)} of all ${r.things} sounded ${leader}.`,
  };
  return [...(mood ? [mood] : []), ...lines.slice(0, tone === 'direct' ? 1 : 2)].map(({ metric, text }) => ({
    metric,
    text: text.charAt(0).toUpperCase() + text.slice(1),
  }));
}
