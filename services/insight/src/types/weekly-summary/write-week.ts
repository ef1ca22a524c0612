import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { Trend } from '@undertone/contracts/listening/trends';
import { comparisonOf } from '../../facts/comparison.js';
import type { Facts } from '../../facts/facts.js';
import { caveats, ofFewTracks } from '../../wording/caveats.js';
import type { Draw } from '../../wording/draw.js';
import { origin } from '../../wording/origin.js';
import { bodyOf } from '../../wording/written.js';
import { moodless, partial, titles } from './lines.js';
import { basisOf, sounded } from './sounded.js';
import { daysOf, readWeek, toldOfWeek } from './told.js';
import { playedHighlight, volume } from './volume.js';

/** What was played in a week, how that sounded, and what is different from the weeks before. */
export function writeWeek(facts: Facts, week: Trend, tone: ToneMode, draw: Draw): InsightText {
  const r = readWeek(facts, week);
  const comparison = comparisonOf(facts);
  const told = toldOfWeek(week, comparison);
  const hasMoods = r.leaders.length > 0;
  const { title, lead, heard, highlights } = hasMoods
    ? sounded(r, comparison, { told, tone, draw })
    : {
        title: draw.pick('title', titles[tone].moodless),
        lead: moodless[tone](told),
        heard: [],
        highlights: [],
      };
  const coverage =
    week.audio_features.coverage === 0
      ? ['No audio features of these plays are known.']
      : r.isPartial
        ? [partial[tone](`${r.show('coverage')} of the plays`)]
        : [];
  const paragraphs = [
    [lead],
    [
      ...volume(week, comparison, { r, told, tone, draw }),
      ...(hasMoods ? caveats(r, tone, draw) : ofFewTracks(r, tone)),
    ],
    heard,
    [
      `The week ran from ${daysOf(week)}.`,
      ...(comparison ? [basisOf(comparison, told, tone, draw)] : []),
      ...coverage,
    ],
    origin(facts),
  ];
  const played = playedHighlight(week, comparison, { r, told });
  return {
    title,
    body: bodyOf(paragraphs),
    highlights: [...highlights.slice(0, 1), played, ...highlights.slice(1)],
    tips: [],
  };
}
