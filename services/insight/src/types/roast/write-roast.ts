import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import { type FeatureName, featureNames } from '@undertone/contracts/listening/snapshot';
import type { Facts } from '../../facts/facts.js';
import { type Level, level } from '../../facts/levels.js';
import { Draw } from '../../wording/draw.js';
import { origin } from '../../wording/origin.js';
import { coverageInTracks, listed, type Reading, read, shareOfEach } from '../../wording/reading.js';
import { sparse } from '../../wording/sparse.js';
import { awards } from './awards.js';
import { jokes, registerOf } from './jokes.js';
import { ends, headliners, openings, scores, tiedOpenings, titles, unmeasured } from './lines.js';

/** Roasts the music of a snapshot: the leading mood, the measures furthest from the middle, and a kind end. */
export function writeRoast(facts: Facts, tone: ToneMode, seed: string): InsightText {
  const draw = new Draw(seed);
  const r = read(facts, draw);
  const billing = headlined(facts, tone, draw);
  if (r.extent !== 'moods') return { ...sparse(r, r.extent, tone, draw, billing), tips: [] };
  const aimed = targets(r, draw).slice(0, tone === 'direct' ? 2 : 3);
  const register = registerOf(tone);
  const paragraphs = [
    [opening(r, tone, draw), draw.pick('score', scores[tone])(shareOfEach(r, r.leaders))],
    aimed.map(({ name, at }) => draw.pick(`joke/${name}`, jokes[name][at][register])(r.show(`avg_${name}`))),
    billing,
    [
      ...(r.isPartial ? [draw.pick('unmeasured', unmeasured[tone])(coverageInTracks(r))] : []),
      draw.pick('end', ends[tone]),
    ],
    origin(r),
  ];
  return {
    title: draw.pick('title', titles[tone][r.leaders.length > 1 ? 'tied' : (r.leaders[0] ?? 'tied')]),
    body: paragraphs
      .filter((sentences) => sentences.length > 0)
      .map((sentences) => sentences.join(' '))
      .join('\n\n'),
    highlights: awards(
      r,
      aimed.map(({ name }) => name),
      tone,
      draw,
    ),
    tips: [],
  };
}

/** Names at the top; they need no features. */
function headlined({ artists }: Facts, tone: ToneMode, draw: Draw): string[] {
  if (artists.length === 0) return [];
  const names = listed(artists.slice(0, 2).map(({ name }) => name));
  return [draw.pick('headliners', headliners[tone])(names, artists.length > 1)];
}

function opening(r: Reading, tone: ToneMode, draw: Draw): string {
  const [mood, ...others] = r.leaders;
  if (!mood || others.length > 0) return draw.pick('opening', tiedOpenings[tone])(listed(r.leaders));
  return draw.pick('opening', openings[tone][mood])(r.range);
}

/** Hardly any music talks or has an audience, so it is no joke that this one has neither. */
const isUsual = ({ name, at }: { name: FeatureName; at: Level }) =>
  at === 'low' && (name === 'speechiness' || name === 'liveness');

/** The measures that can be joked about, those far from the middle; which of them first, by the seed. */
function targets(r: Reading, draw: Draw) {
  const far = draw.shuffled('targets', featureNames).flatMap((name) => {
    const at = level(r, name);
    return at === 'low' || at === 'high' ? [{ name, at }] : [];
  });
  return [...far.filter((one) => !isUsual(one)), ...far.filter(isUsual)];
}
