import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import { showDate } from '../../writers/checks/shown-numbers.js';
import { Draw } from '../../writers/template/draw.js';
import { origin } from '../../writers/template/origin.js';
import {
  capitalised,
  listed,
  type Reading,
  read,
  shareOfEach,
  coverageInTracks,
} from '../../writers/template/reading.js';
import { sound } from '../../writers/template/sound.js';
import { sparse } from '../../writers/template/sparse.js';
import { type Comparison, comparisonOf } from '../comparison.js';
import type { Facts } from '../facts.js';
import { changeHighlight, changeSentence, knownDifferently, telling } from './changes.js';
import { basis, firstWeek, leads, nothingMoved, overlap, tiedLead, titles, partial } from './lines.js';

/** Says what this week's snapshot shows, and what is different from the weeks before, where there were any. */
export function writeWeeklySummary(facts: Facts, tone: ToneMode, seed: string): InsightText {
  const draw = new Draw(seed);
  const r = read(facts, draw);
  if (r.extent !== 'moods') return { ...sparse(r, r.extent, tone, draw), tips: [] };
  const comparison = comparisonOf(facts);
  const moved = comparison ? telling(comparison) : [];
  const paragraphs = [
    [lead(r, comparison, tone, draw), ...counted(r)],
    comparison
      ? moved.length > 0
        ? moved.slice(0, 3).map((change, at) => changeSentence(change, at, r, tone, draw))
        : [draw.pick('still', nothingMoved[tone])]
      : [draw.pick('first', firstWeek[tone]), ...sound(r, tone, draw)],
    [
      ...(comparison
        ? [...knownDifferently(comparison, r, tone), compared(comparison, tone, draw), overlap[tone]]
        : []),
      ...(r.isPartial ? [partial[tone](coverageInTracks(r))] : []),
    ],
    origin(r),
  ];
  const shares = {
    metric: `mood_patterns.${r.leaders[0]}`,
    text: `${capitalised(listed(r.leaders))} this week: ${r.show(`mood_patterns.${r.leaders[0]}.percentage`)} of all ${r.things}${r.leaders.length > 1 ? ' each' : ''}.`,
  };
  return {
    title: draw.pick('title', titles[tone][comparison ? (moved.length > 0 ? 'moved' : 'still') : 'first']),
    body: paragraphs
      .filter((sentences) => sentences.length > 0)
      .map((sentences) => sentences.join(' '))
      .join('\n\n'),
    highlights: [shares, ...moved.slice(0, 3).map((change, at) => changeHighlight(change, at, r, tone))],
    tips: [],
  };
}

/** Who leads now, and whether it did before. */
function lead(r: Reading, comparison: Comparison | undefined, tone: ToneMode, draw: Draw): string {
  const [mood, ...others] = r.leaders;
  if (!mood || others.length > 0) return draw.pick('tied', tiedLead[tone])(listed(r.leaders));
  const before = comparison && leaderBefore(comparison);
  const lines = leads[tone][mood];
  if (!before) return draw.pick('lead', lines.first);
  return before === mood ? draw.pick('lead', lines.stayed) : draw.pick('lead', lines.changed)(before);
}

/** The mood with the largest mean share of the weeks before; undefined where two share first place. */
function leaderBefore({ changes }: Comparison): string | undefined {
  const shares = changes.flatMap(({ metric, before }) => {
    const mood = /^mood_patterns\.(\w+)\./.exec(metric)?.[1];
    return mood && mood !== 'unknown' ? [{ mood, before }] : [];
  });
  const most = Math.max(...shares.map(({ before }) => before));
  const leaders = shares.filter(({ before }) => before === most);
  return leaders.length === 1 && most > 0 ? leaders[0]?.mood : undefined;
}

function counted(r: Reading): string[] {
  return [`That is ${shareOfEach(r, r.leaders)}.`];
}

function compared({ weeks, from, to }: Comparison, tone: ToneMode, draw: Draw): string {
  const one = weeks === 1;
  const days = one
    ? `the snapshot of ${showDate(from)}`
    : `the mean of ${weeks} snapshots, ${showDate(from)} to ${showDate(to)}`;
  return draw.pick('basis', basis[tone])(days);
}
