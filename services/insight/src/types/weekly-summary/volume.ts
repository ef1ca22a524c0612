import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { Trend } from '@undertone/contracts/listening/trends';
import type { Change, Comparison } from '../../facts/comparison.js';
import { down, up } from '../../statements/statement.js';
import type { Draw, Options } from '../../wording/draw.js';
import { capitalised, counted, type Heard } from '../../wording/reading.js';
import type { Told } from './told.js';

const amounts: Record<ToneMode, Options<(amount: string, isOne: boolean) => string>> = {
  neutral: [
    (amount, isOne) => `There ${isOne ? 'was' : 'were'} ${amount}.`,
    (amount) => `The record has ${amount}.`,
  ],
  supportive: [(amount) => `Altogether, your music was given ${amount}.`],
  playful: [(amount) => `The needle went down for ${amount}.`, (amount) => `At the turnstile: ${amount}.`],
  direct: [(amount) => `${capitalised(amount)}.`],
};

type Against = (more: string, mean: string, before: string, isOne: boolean) => string;
const against: Record<ToneMode, Against> = {
  neutral: (more, mean, before) => `That is ${more} than in ${before}, which had ${mean}.`,
  supportive: (more, mean, before, isOne) =>
    `${capitalised(before)} had ${mean}; here there ${isOne ? 'is' : 'are'} ${more}.`,
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
  const average = comparison && comparison.weeks > 1 ? ' on average' : '';
  return [
    draw.pick('amount', amounts[tone])(amountOf(week, r), r.total === 1),
    ...(change ? [compared(change, { r, told, tone, draw, average })] : []),
    ...(comparison && !change
      ? [
          'How much was played is not compared, since plays from an export and plays from an API are counted differently.',
        ]
      : []),
    ...(week.time_coverage === 1 ? [] : [gaps[tone]]),
  ];
}

function compared(
  { by }: Change,
  { r, told, tone, draw, average }: { r: Heard; told: Told; tone: ToneMode; draw: Draw; average: string },
): string {
  const more = morePlays(r);
  if (more === undefined) return `${capitalised(told.before)} had as many${average}.`;
  draw.declare((by > 0 ? up : down)('plays'));
  const mean = `${counted(r, r.show('before.week.plays'))}${average}`;
  return against[tone](more, mean, told.before, more.startsWith('1 '));
}

/** `34 more plays`, `1 fewer play`; undefined where it is the same number. */
function morePlays(r: Heard): string | undefined {
  const change = r.show('change.week.plays');
  if (change === 'unchanged') return undefined;
  return `${change} ${change.startsWith('1 ') ? 'play' : 'plays'}`;
}

/** The highlight of how much was played: against the weeks before, where that is known. */
export function playedHighlight(
  week: Trend,
  comparison: Comparison | undefined,
  { r, told }: { r: Heard; told: Told },
): InsightText['highlights'][number] {
  const isCompared = comparison?.changes.some(({ metric }) => metric === 'week.plays');
  const more = isCompared ? morePlays(r) : undefined;
  return more
    ? { metric: 'change.week.plays', text: `${capitalised(more)} than in ${told.before}.` }
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
