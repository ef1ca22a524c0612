import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import { comparisonOf } from '../../facts/comparison.js';
import type { Facts } from '../../facts/facts.js';
import { Draw } from '../../wording/draw.js';
import { origin } from '../../wording/origin.js';
import { coverageInTracks, read } from '../../wording/reading.js';
import { sparse } from '../../wording/sparse.js';
import { bases, overlap, partial } from './lines.js';
import { bodyOf, sounded } from './sounded.js';
import { toldOfSnapshot } from './told.js';
import { writeWeek } from './write-week.js';

/** Tells of the person's last whole week against those before, or of the snapshot where nothing was played in it. */
export function writeWeeklySummary(facts: Facts, tone: ToneMode, seed: string): InsightText {
  const draw = new Draw(seed);
  const [week] = facts.weeks;
  return week ? writeWeek(facts, week, tone, draw) : writeSnapshot(facts, tone, draw);
}

function writeSnapshot(facts: Facts, tone: ToneMode, draw: Draw): InsightText {
  const r = read(facts, draw);
  if (r.extent !== 'moods') return { ...sparse(r, r.extent, tone, draw), tips: [] };
  const comparison = comparisonOf(facts);
  const told = toldOfSnapshot(facts, r.range, comparison, draw);
  const { title, lead, heard, highlights } = sounded(r, comparison, { told, tone, draw });
  const paragraphs = [
    [lead],
    heard,
    [
      ...(comparison ? [draw.pick('basis', bases[tone])(told.basis), overlap[tone]] : []),
      ...(r.isPartial ? [partial[tone](coverageInTracks(r))] : []),
    ],
    origin(facts),
  ];
  return { title, body: bodyOf(paragraphs), highlights, tips: [] };
}
