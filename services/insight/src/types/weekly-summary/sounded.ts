import type { ToneMode } from '@undertone/contracts/insight/insight';
import type { Change, Comparison } from '../../facts/comparison.js';
import { plainMetric } from '../../facts/numbers.js';
import { still, tie } from '../../statements/statement.js';
import type { Draw } from '../../wording/draw.js';
import { labelledShare, plainOpening, shareOfAll } from '../../wording/plain.js';
import { capitalised, closeBehind, type Heard, leadersShare, listed } from '../../wording/reading.js';
import { sound } from '../../wording/sound.js';
import { changeHighlight, changeSentence, isSameSound, knownDifferently, telling } from './changes.js';
import { bases, leads, nothingBefore, nothingMoved, nothingTold, tiedLead, titles } from './lines.js';
import type { Told } from './told.js';

/** What a summary says of moods and measures, of a week as of a snapshot. */
export function sounded(
  r: Heard,
  comparison: Comparison | undefined,
  { told, tone, draw }: { told: Told; tone: ToneMode; draw: Draw },
) {
  const changed = comparison ? telling(comparison) : [];
  const moved = changed.slice(0, 3);
  const [leader] = r.leaders;
  const each = r.leaders.length > 1 ? ' each' : '';
  const of = told.it === 'the week' ? 'week.' : '';
  return {
    title: draw.pick('title', titles[tone][storyOf(comparison, moved)]),
    lead: [
      `${leadOf(r, comparison, { told, tone, draw })} That is ${leadersShare(r)}.`,
      ...closeBehind(r),
    ].join(' '),
    heard: comparison ? compared(comparison, moved, { r, told, tone, draw }) : alone(r, { told, tone, draw }),
    highlights: [
      {
        metric: `${of}mood_patterns.${leader}`,
        text:
          (leader && each === '' && labelledShare(r, leader)) ||
          `${capitalised(listed(r.leaders))}: ${leader ? shareOfAll(r, leader) : ''}${each}.`,
      },
      // The first again, then what the body has no room for.
      ...[...changed.slice(0, 1), ...changed.slice(3, 5)].flatMap((change, at) =>
        comparison ? changeHighlight(change, at, comparison, { r, tone, draw }) : [],
      ),
    ],
  };
}

/** What came before: compared with, where a change may be told. */
export const basisOf = (comparison: Comparison, { basis }: Told, tone: ToneMode, draw: Draw): string =>
  comparison.isKnownOtherwise ? `What came before: ${basis}.` : draw.pick('basis', bases[tone])(basis);

function storyOf(comparison: Comparison | undefined, moved: readonly Change[]) {
  if (!comparison) return 'first';
  if (comparison.isKnownOtherwise) return 'unclear';
  if (moved.length > 0) return 'moved';
  return isSameSound(comparison) ? 'still' : 'untold';
}

function compared(
  comparison: Comparison,
  moved: readonly Change[],
  { r, told, tone, draw }: { r: Heard; told: Told; tone: ToneMode; draw: Draw },
): string[] {
  if (comparison.isKnownOtherwise) return [...knownDifferently(comparison, r, tone), ...sound(r, tone, draw)];
  return [
    ...changeOfSound(comparison, moved, { r, told, tone, draw }),
    ...knownDifferently(comparison, r, tone),
  ];
}

function changeOfSound(
  comparison: Comparison,
  moved: readonly Change[],
  { r, told, tone, draw }: { r: Heard; told: Told; tone: ToneMode; draw: Draw },
): string[] {
  if (moved.length > 0)
    return moved.map((change, at) => changeSentence(change, at, comparison, { r, tone, draw }));
  return isSameSound(comparison)
    ? [draw.pick('still', nothingMoved[tone], still('sound'))(told)]
    : [draw.pick('untold', nothingTold[tone])(told), ...sound(r, tone, draw)];
}

const alone = (r: Heard, { told, tone, draw }: { told: Told; tone: ToneMode; draw: Draw }): string[] => [
  draw.pick('first', nothingBefore[tone])(told),
  ...sound(r, tone, draw),
];

/** Who leads now, and whether it did before. */
function leadOf(
  r: Heard,
  comparison: Comparison | undefined,
  { told, tone, draw }: { told: Told; tone: ToneMode; draw: Draw },
): string {
  const [mood, ...others] = r.leaders;
  const plain = () => plainOpening(r, tone, told.when);
  if (!mood || others.length > 0)
    return draw.lean('tied', tiedLead[tone], plain, tie)(listed(r.leaders), told);
  const before = comparison && leaderBefore(comparison);
  const lines = leads[tone][mood];
  if (before === mood) return draw.lean('lead', lines.stayed, plain)(told);
  // One that is in front by chance, or because less is known, took no place from another.
  const hasMoved = (one: string) =>
    comparison?.changes.some(({ metric, isClear }) => isClear && metric.includes(`.${one}.`));
  return before && (hasMoved(mood) || hasMoved(before))
    ? draw.lean('lead', lines.changed, plain)(before, told)
    : draw.lean('lead', lines.first, plain)(told);
}

/** The mood with the largest mean share of what came before; undefined where two share first place. */
function leaderBefore({ changes }: Comparison): string | undefined {
  const shares = changes.flatMap(({ metric, before }) => {
    const mood = /^mood_patterns\.(\w+)\./.exec(plainMetric(metric))?.[1];
    return mood && mood !== 'unknown' ? [{ mood, before }] : [];
  });
  const most = Math.max(...shares.map(({ before }) => before));
  const leaders = shares.filter(({ before }) => before === most);
  return leaders.length === 1 && most > 0 ? leaders[0]?.mood : undefined;
}
