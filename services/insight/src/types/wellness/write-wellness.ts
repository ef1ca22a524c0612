import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { Facts } from '../../facts/facts.js';
import { tie } from '../../statements/statement.js';
import type { Draw } from '../../wording/draw.js';
import { origin } from '../../wording/origin.js';
import { plainOpening, plainTitle } from '../../wording/plain.js';
import { leadersShare, type Reading, read } from '../../wording/reading.js';
import { sound } from '../../wording/sound.js';
import { sparse, sparseTitles } from '../../wording/sparse.js';
import { bodyOf, type Declare, written } from '../../wording/written.js';
import { highlights } from './highlights.js';
import { limits } from './limits.js';
import { moodlessOpenings, openings, tiedOpenings } from './openings.js';
import { standings } from './standings.js';
import { tips } from './tips.js';
import { tiedTitles, titles } from './titles.js';
import { variety } from './variety.js';

/**
 * Writes a wellness insight from a snapshot's numbers alone, without a language model. The same snapshot, tone and
 * seed give the same text; another seed words it differently.
 */
export const writeWellness = (facts: Facts, tone: ToneMode, seed: string, declare?: Declare): InsightText =>
  written(facts, seed, declare, (draw) => textOf(facts, tone, draw));

function textOf(facts: Facts, tone: ToneMode, draw: Draw): InsightText {
  const r = read(facts, draw);
  if (r.extent === 'no-tracks' || r.extent === 'no-features') return sparse(r, r.extent, tone, draw);
  const paragraphs = [
    [opening(r, tone, draw), ...(r.leaders.length > 0 ? standings(r, tone, draw) : [])],
    [...sound(r, tone, draw), ...variety(r, tone, draw)],
    limits(r, tone, draw),
    origin(r),
  ];
  return {
    title: title(r, tone, draw),
    body: bodyOf(paragraphs),
    highlights: highlights(r, tone, draw),
    tips: tips(r, tone, draw),
  };
}

function opening(r: Reading, tone: ToneMode, draw: Draw): string {
  const [leader, ...others] = r.leaders;
  if (!leader) return draw.pick('opening', moodlessOpenings[tone])(r);
  const plain = () => plainOpening(r, tone, `over ${r.range}`);
  if (others.length > 0)
    return draw.lean('opening', tiedOpenings[tone], () => `${plain()} That is ${leadersShare(r)}.`, tie)(r);
  return draw.lean('opening', openings[tone][leader], plain)(r);
}

function title(r: Reading, tone: ToneMode, draw: Draw): string {
  const [leader, ...others] = r.leaders;
  if (!leader) return draw.pick('title', sparseTitles['no-moods'][tone]);
  const plain = plainTitle(r, tone);
  if (others.length > 0) return draw.lean('title', tiedTitles[tone], plain, tie);
  return draw.lean('title', titles[tone][leader], plain);
}
