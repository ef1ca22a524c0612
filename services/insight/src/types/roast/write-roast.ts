import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import { type FeatureName, featureNames } from '@undertone/contracts/listening/snapshot';
import type { Facts } from '../../facts/facts.js';
import { type Level, level } from '../../facts/scale.js';
import { at, tie } from '../../statements/statement.js';
import { caveats } from '../../wording/caveats.js';
import type { Draw } from '../../wording/draw.js';
import { origin } from '../../wording/origin.js';
import { plainOpening, plainTitle } from '../../wording/plain.js';
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
import { awards } from './awards.js';
import { jokes, registerOf } from './jokes.js';
import { ends, headliners, openings, scores, tiedOpenings, titles, unmeasured } from './lines.js';

/** Roasts the music of a snapshot: the leading mood, the measures furthest from the middle, and a kind end. */
export const writeRoast = (facts: Facts, tone: ToneMode, seed: string, declare?: Declare): InsightText =>
  written(facts, seed, declare, (draw) => textOf(facts, tone, draw));

function textOf(facts: Facts, tone: ToneMode, draw: Draw): InsightText {
  const r = read(facts, draw);
  const billing = headlined(facts, tone, draw);
  if (r.extent !== 'moods') return { ...sparse(r, r.extent, tone, draw, billing), tips: [] };
  const aimed = targets(r, draw).slice(0, tone === 'direct' ? 2 : 3);
  const register = registerOf(tone);
  const paragraphs = [
    [
      opening(r, tone, draw),
      draw.pick('score', scores[tone])(leadersShare(r)),
      ...closeBehind(r),
      ...caveats(r, tone, draw),
    ],
    aimed.map(({ name, end }) =>
      draw.pick(`joke/${name}`, jokes[name][end][register], at(name, end))(r.show(`avg_${name}`)),
    ),
    billing,
    [
      ...(r.isPartial ? [draw.pick('unmeasured', unmeasured[tone])(coverageInTracks(r))] : []),
      draw.pick('end', ends[tone]),
    ],
    origin(r),
  ];
  return {
    title: title(r, tone, draw),
    body: bodyOf(paragraphs),
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

/** Hardly any music talks or has an audience, so it is no joke that this one has neither. */
const isUsual = ({ name, end }: { name: FeatureName; end: Level }) =>
  end === 'low' && (name === 'speechiness' || name === 'liveness');

/** The measures that can be joked about, those far from the middle; which of them first, by the seed. */
function targets(r: Reading, draw: Draw) {
  const far = draw.shuffled('targets', featureNames).flatMap((name) => {
    const end = level(r, name);
    return end === 'low' || end === 'high' ? [{ name, end }] : [];
  });
  return [...far.filter((one) => !isUsual(one)), ...far.filter(isUsual)];
}
