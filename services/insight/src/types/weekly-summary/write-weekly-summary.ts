import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import { comparisonOf } from '../../facts/comparison.js';
import type { Facts } from '../../facts/facts.js';
import { caveats } from '../../wording/caveats.js';
import type { Draw } from '../../wording/draw.js';
import { origin } from '../../wording/origin.js';
import { coverageInTracks, read } from '../../wording/reading.js';
import { sparse } from '../../wording/sparse.js';
import { bodyOf, type Declare, written } from '../../wording/written.js';
import { emptyWeeks, overlap, partial } from './lines.js';
import { basisOf, sounded } from './sounded.js';
import { daysOf, toldOfSnapshot } from './told.js';
import { writeWeek } from './write-week.js';

/** Tells of the person's last whole week against those before, or of the snapshot where nothing was played in it. */
export const writeWeeklySummary = (
  facts: Facts,
  tone: ToneMode,
  seed: string,
  declare?: Declare,
): InsightText =>
  written(facts, seed, declare, (draw) => {
    const [week] = facts.weeks;
    return week ? writeWeek(facts, week, tone, draw) : writeSnapshot(facts, tone, draw);
  });

/** That there is no week to tell of, and so the text tells of something else. */
function empty({ emptyWeek }: Facts, tone: ToneMode): string {
  return emptyWeek
    ? emptyWeeks[tone](daysOf(emptyWeek))
    : 'There are no plays of a whole week to tell of, so this is about the snapshot.';
}

function writeSnapshot(facts: Facts, tone: ToneMode, draw: Draw): InsightText {
  const r = read(facts, draw);
  if (r.extent !== 'moods') return { ...sparse(r, r.extent, tone, draw, [empty(facts, tone)]), tips: [] };
  const comparison = comparisonOf(facts);
  const told = toldOfSnapshot(facts, r.range, comparison, draw);
  const { title, lead, heard, highlights } = sounded(r, comparison, { told, tone, draw });
  const paragraphs = [
    [lead, ...caveats(r, tone, draw)],
    heard,
    [
      empty(facts, tone),
      ...(comparison ? [basisOf(comparison, told, tone, draw)] : []),
      ...(comparison && !comparison.isKnownOtherwise ? [overlap[tone]] : []),
      ...(r.isPartial ? [partial[tone](coverageInTracks(r))] : []),
    ],
    origin(facts),
  ];
  return { title, body: bodyOf(paragraphs), highlights, tips: [] };
}
