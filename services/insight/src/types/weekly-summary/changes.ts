import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { Change, Comparison } from '../../facts/comparison.js';
import { type ComparedMetric, isVolume, plainMetric } from '../../facts/numbers.js';
import { isStrongChange, sizeOfChange } from '../../facts/scale.js';
import { isSteady, isTold } from '../../statements/is-true.js';
import { down, type Statement, type Subject, up } from '../../statements/statement.js';
import type { Draw, Options } from '../../wording/draw.js';
import { capitalised, type Heard } from '../../wording/reading.js';
import { knownOtherwise } from './lines.js';

const isMood = (metric: ComparedMetric) => plainMetric(metric).startsWith('mood_patterns.');

/**
 * The changes of sound that are told, the largest first: those that are more than chance and large enough to hear. Of the
 * unknown share none, since it says nothing of the music.
 */
export const telling = ({ changes }: Comparison): Change[] =>
  changes
    .filter(({ metric }) => !metric.includes('unknown') && !isVolume(metric))
    .filter(isTold)
    .sort((a, b) => sizeOfChange(b.metric, b.by) - sizeOfChange(a.metric, a.by));

/** Whether enough was counted to say that the sound is the same. */
export const isSameSound = ({ changes }: Comparison): boolean =>
  changes.filter(({ metric }) => !metric.includes('unknown') && !isVolume(metric)).every(isSteady);

const NAMES: Readonly<Record<string, string>> = {
  avg_valence: 'brightness',
  avg_tempo: 'the average tempo',
  avg_loudness: 'average loudness',
  mood_diversity_score: 'the variety of moods',
};

function nameOf(metric: ComparedMetric): string {
  const plain = plainMetric(metric);
  return isMood(metric) ? `the ${plain.split('.')[1]} share` : (NAMES[plain] ?? plain.replace('avg_', ''));
}

const wentTo = (isUp: boolean, isStrong: boolean): string =>
  isStrong ? (isUp ? 'jumped' : 'slid') : isUp ? 'went up' : 'went down';

interface Said {
  readonly name: string;
  readonly now: string;
  readonly before: string;
  readonly change: string;
  readonly isUp: boolean;
  /** Whether it is so large that it may be said to jump. */
  readonly isStrong: boolean;
  /** Whether what was before is a mean of several. */
  readonly isMean: boolean;
}
type Say = (said: Said) => string;

const said = (change: Change, r: Heard, { weeks }: Pick<Comparison, 'weeks'>): Said => ({
  name: nameOf(change.metric),
  now: r.show(change.metric),
  before: r.show(`before.${change.metric}`),
  change: r.show(`change.${change.metric}`),
  isUp: change.by > 0,
  isStrong: isStrongChange(change.metric, change.by),
  isMean: weeks > 1,
});

/** What is claimed by telling of a change. */
function claimOf({ metric, by }: Change): Statement {
  const plain = plainMetric(metric);
  const subject = isMood(metric)
    ? plain.split('.')[1]
    : plain.replace('mood_diversity_score', 'moods').replace('avg_', '');
  return (by > 0 ? up : down)(subject as Subject, isStrongChange(metric, by) ? 'strong' : undefined);
}

/** A frame for the change that is largest for its scale, one for the next, one for the last; no paragraph says the same thing three times. */
const sentences: Record<ToneMode, readonly [Options<Say>, Options<Say>, Options<Say>]> = {
  neutral: [
    [
      ({ name, now, before }) => `What stands out is ${name}: ${now} now, ${before} before.`,
      ({ name, now, before, isUp }) =>
        `The change that stands out is in ${name}, which ${isUp ? 'rose' : 'fell'} from ${before} to ${now}.`,
    ],
    [
      ({ name, now, before, isUp }) =>
        `${capitalised(name)} ${isUp ? 'rose' : 'fell'}, from ${before} to ${now}.`,
      ({ name, now, before, isUp }) =>
        `After that comes ${name}, ${isUp ? 'higher' : 'lower'} at ${now} against ${before}.`,
    ],
    [({ name, now, before }) => `${capitalised(name)} came to ${now}, where it had been ${before}.`],
  ],
  supportive: [
    [
      ({ name, now, before, isUp }) =>
        `The clearest turn is in ${name}: it ${isUp ? 'grew' : 'eased'} from ${before} to ${now}.`,
      ({ name, now, before, isUp }) =>
        `If one thing sounds new, it is ${name}, ${isUp ? 'up' : 'down'} from ${before} to ${now}.`,
    ],
    [
      ({ name, now, before, isUp }) =>
        `Along with it, ${name} ${isUp ? 'rose' : 'came down'} from ${before} to ${now}.`,
    ],
    [({ name, change }) => `And ${name} is ${change} than it was.`],
  ],
  playful: [
    [
      ({ name, now, before, isUp, isStrong }) =>
        `Headline news: ${name} ${wentTo(isUp, isStrong)} from ${before} to ${now}, and nobody filled in a form.`,
      ({ name, now, before, isUp }) =>
        `The needle to watch: ${name}, ${isUp ? 'up' : 'down'} from ${before} to ${now}. Somebody check the batteries.`,
    ],
    [
      ({ name, now, before, isUp }) =>
        `Not wanting to be left out, ${name} ${isUp ? 'climbed' : 'dropped'} from ${before} to ${now}.`,
    ],
    [({ name, change }) => `In other movements, ${name} ended up ${change}, waving as it went.`],
  ],
  direct: [
    [
      ({ name, now, before }) => `Stands out: ${name}, ${before} to ${now}.`,
      ({ name, now, before }) => `Moved most: ${name}, from ${before} to ${now}.`,
    ],
    [({ name, now, before }) => `Next: ${name}, ${before} to ${now}.`],
    [({ name, now, before }) => `Then ${name}, ${before} to ${now}.`],
  ],
};

/** @param at - its place among the changes told, from 0. */
export function changeSentence(
  change: Change,
  at: number,
  comparison: Comparison,
  { r, tone, draw }: { r: Heard; tone: ToneMode; draw: Draw },
): string {
  const frame = sentences[tone][Math.min(at, 2) as 0 | 1 | 2];
  draw.declare(claimOf(change));
  return draw.pick(`change/${at}`, frame)(said(change, r, comparison));
}

/** One for each place, so that no list says the same thing three times. */
const highlightOf: Record<ToneMode, readonly [Say, Say, Say]> = {
  neutral: [
    ({ name, now, before, isMean }) =>
      `${capitalised(name)}: ${now}, from ${isMean ? 'a mean of ' : ''}${before}.`,
    ({ name, now, change }) => `${capitalised(name)} came to ${now}, ${change}.`,
    ({ name, now, change }) => `${capitalised(name)} is ${change}, at ${now}.`,
  ],
  supportive: [
    ({ name, now, before }) => `From ${before} to ${now}: ${name}.`,
    ({ name, now, change }) => `${capitalised(name)} sits ${change} than it did, at ${now}.`,
    ({ name, now, change }) => `${capitalised(name)} came to ${now}, ${change} than before.`,
  ],
  playful: [
    ({ name, now, before }) => `${capitalised(name)} moved house, from ${before} to ${now}.`,
    ({ name, now, change }) => `${capitalised(name)}: ${change} than before, parked at ${now} for now.`,
    ({ name, change }) => `Also spotted in a new place: ${name}, ${change}.`,
  ],
  direct: [
    ({ name, now, before }) => `${capitalised(name)}: ${before} to ${now}.`,
    ({ name, now, change }) => `${capitalised(name)}: ${change}, now ${now}.`,
    ({ name, change }) => `${capitalised(name)}: ${change}.`,
  ],
};

/** @param at - its place among the changes cited, from 0. */
export function changeHighlight(
  change: Change,
  at: number,
  comparison: Comparison,
  { r, tone, draw }: { r: Heard; tone: ToneMode; draw: Draw },
): InsightText['highlights'][number] {
  draw.declare(claimOf(change));
  return {
    metric: `change.${change.metric}`,
    text: highlightOf[tone][Math.min(at, 2) as 0 | 1 | 2](said(change, r, comparison)),
  };
}

const sortedAnew: Record<ToneMode, Say> = {
  neutral: ({ now, before }) =>
    `The share without a known mood went from ${before} to ${now}, which moves the other shares by itself.`,
  supportive: ({ now, before }) =>
    `The unknown share is ${now}, after ${before}, and that alone moves the others.`,
  playful: ({ now, before }) =>
    `The share nobody could read went from ${before} to ${now}, and it elbows the others about.`,
  direct: ({ now, before }) => `Unknown moods: ${now}, before ${before}. That moves the other shares.`,
};

/** From how many points on a reader is told that the unknown share moved. */
const NOTABLE = 5;

/** What a reader should know where a part of the shares' changes is a change in what is known. */
export function knownDifferently(comparison: Comparison, r: Heard, tone: ToneMode): string[] {
  const { changes, isKnownOtherwise } = comparison;
  const unknown = changes.find(({ metric }) => metric.endsWith('mood_patterns.unknown.percentage'));
  if (!unknown) return [];
  const told = said(unknown, r, comparison);
  if (isKnownOtherwise) return [knownOtherwise[tone](told.now, told.before)];
  return Math.abs(unknown.by) >= NOTABLE ? [sortedAnew[tone](told)] : [];
}
