import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { Trend } from '@undertone/contracts/listening/trends';
import type { Comparison } from '../../facts/comparison.js';
import type { Draw, Options } from '../../wording/draw.js';
import { capitalised, counted, type Heard } from '../../wording/reading.js';
import type { Told } from './told.js';

const amounts: Record<ToneMode, Options<(amount: string) => string>> = {
  neutral: [(amount) => `There were ${amount}.`, (amount) => `The record has ${amount}.`],
  supportive: [(amount) => `Altogether, your music was given ${amount}.`],
  playful: [(amount) => `The needle went down for ${amount}.`, (amount) => `At the turnstile: ${amount}.`],
  direct: [(amount) => `${capitalised(amount)}.`],
};

type Against = (more: string, mean: string, before: string) => string;
const against: Record<ToneMode, Against> = {
  neutral: (more, mean, before) => `That is ${more} than in ${before}, which had ${mean}.`,
  supportive: (more, mean, before) => `${capitalised(before)} had ${mean}; here there are ${more}.`,
  playful: (more, mean, before) => `For the ledger: ${more} than in ${before}, where it took ${mean}.`,
  direct: (more, mean) => `Before: ${mean}. So ${more}.`,
};

/** What plays an API told of may leave out. */
const gaps: Record<ToneMode, string> = {
  neutral: 'These are the plays that were seen here; a few may be missing.',
  supportive: 'These are the plays that were seen here, and a few may have slipped by.',
  playful: 'A play or two may have sneaked past the counter.',
  direct: 'Some plays may be missing.',
};

/** How much was played, against the weeks before, and how far that count can be trusted. */
export function volume(
  week: Trend,
  comparison: Comparison | undefined,
  { r, told, tone, draw }: { r: Heard; told: Told; tone: ToneMode; draw: Draw },
): string[] {
  const change = comparison?.changes.find(({ metric }) => metric === 'week.plays');
  return [
    draw.pick('amount', amounts[tone])(amountOf(week, r)),
    ...(change ? [compared(comparison, change.by, { r, told, tone })] : []),
    ...(comparison && !change
      ? [
          'How much was played is not compared, since plays from an export and plays from an API are counted differently.',
        ]
      : []),
    ...(week.time_coverage === 1 ? [] : [gaps[tone]]),
  ];
}

function compared(
  comparison: Comparison | undefined,
  by: number,
  { r, told, tone }: { r: Heard; told: Told; tone: ToneMode },
): string {
  const average = comparison && comparison.weeks > 1 ? ' on average' : '';
  if (by === 0) return `${capitalised(told.before)} had as many${average}.`;
  return against[tone](morePlays(by, r), `${counted(r, r.show('before.week.plays'))}${average}`, told.before);
}

/** `34 more plays`. */
const morePlays = (by: number, r: Heard): string =>
  `${r.show('change.week.plays')} ${Math.abs(by) === 1 ? 'play' : 'plays'}`;

/** The highlight of how much was played: against the weeks before, where that is known. */
export function playedHighlight(
  week: Trend,
  comparison: Comparison | undefined,
  { r, told }: { r: Heard; told: Told },
): InsightText['highlights'][number] {
  const by = comparison?.changes.find(({ metric }) => metric === 'week.plays')?.by;
  return by
    ? { metric: 'change.week.plays', text: `${capitalised(morePlays(by, r))} than in ${told.before}.` }
    : { metric: 'week.plays', text: `${capitalised(amountOf(week, r))}.` };
}

/** `212 plays of 97 different tracks, 14.2 hours in all`. */
function amountOf({ time_coverage: timed, tracks }: Trend, r: Heard): string {
  const different = tracks === 1 ? 'the same track' : `${r.show('tracks')} different tracks`;
  const plays =
    r.total === tracks
      ? `${counted(r, r.totalShown)}, ${r.total === 1 ? 'of a single track' : 'each of a different track'}`
      : `${counted(r, r.totalShown)} of ${different}`;
  if (!timed) return plays;
  return timed === 1
    ? `${plays}, ${r.show('hours')} in all`
    : `${plays}, with ${r.show('hours')} over the ${r.show('time_coverage')} whose length is known`;
}
