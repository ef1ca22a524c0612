import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { Change, Comparison } from '../../facts/comparison.js';
import { type ComparedMetric, isVolume, plainMetric } from '../../facts/numbers.js';
import type { Draw, Options } from '../../wording/draw.js';
import { capitalised, type Heard } from '../../wording/reading.js';

/** From how large a difference on a text speaks of it; below, it is too small to hear. */
const HEARD = { measure: 0.03, tempo: 3, loudness: 0.5, percent: 3 };

const isMood = (metric: ComparedMetric) => plainMetric(metric).startsWith('mood_patterns.');

function heard(metric: ComparedMetric): number {
  const plain = plainMetric(metric);
  if (plain === 'avg_tempo') return HEARD.tempo;
  if (plain === 'avg_loudness') return HEARD.loudness;
  return isMood(metric) ? HEARD.percent : HEARD.measure;
}

/**
 * The changes of sound large enough to tell of, the largest first; of the unknown share none, since it says nothing of
 * the music.
 */
export function telling({ changes }: Comparison): Change[] {
  const size = ({ metric, by }: Change) => Math.abs(by) / heard(metric);
  return changes
    .filter(({ metric }) => !metric.includes('unknown') && !isVolume(metric))
    .filter((change) => size(change) >= 1)
    .sort((a, b) => size(b) - size(a));
}

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

interface Said {
  readonly name: string;
  readonly now: string;
  readonly before: string;
  readonly change: string;
  readonly isUp: boolean;
}
type Say = (said: Said) => string;

const said = (change: Change, r: Heard): Said => ({
  name: nameOf(change.metric),
  now: r.show(change.metric),
  before: r.show(`before.${change.metric}`),
  change: r.show(`change.${change.metric}`),
  isUp: change.by > 0,
});

/** A frame for the change that is largest for its scale, one for the next, one for the last; no paragraph says the same thing three times. */
const sentences: Record<ToneMode, readonly [Options<Say>, Options<Say>, Options<Say>]> = {
  neutral: [
    [
      ({ name, now, before, change }) =>
        `What stands out is ${name}: ${now} now, ${before} before, ${change}.`,
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
      ({ name, now, before, isUp }) =>
        `Headline news: ${name} ${isUp ? 'jumped' : 'slid'} from ${before} to ${now}, and nobody filled in a form.`,
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
      ({ name, now, change }) => `Stands out: ${name}, ${change}, now ${now}.`,
    ],
    [({ name, now, before }) => `Next: ${name}, ${before} to ${now}.`],
    [({ name, now, before }) => `Then ${name}, ${before} to ${now}.`],
  ],
};

/** @param at - its place among the changes told, from 0. */
export function changeSentence(change: Change, at: number, r: Heard, tone: ToneMode, draw: Draw): string {
  const frame = sentences[tone][Math.min(at, 2) as 0 | 1 | 2];
  return draw.pick(`change/${at}`, frame)(said(change, r));
}

/** One for each place, so that no list says the same thing three times. */
const highlightOf: Record<ToneMode, readonly [Say, Say, Say]> = {
  neutral: [
    ({ name, now, change }) => `${capitalised(name)}: ${change} than before, at ${now}.`,
    ({ name, now, before }) => `${capitalised(name)}: ${now}, after a mean of ${before}.`,
    ({ name, now, change }) => `${capitalised(name)} is ${change}, at ${now}.`,
  ],
  supportive: [
    ({ name, now, change }) => `${capitalised(name)} sits ${change} than it did, at ${now}.`,
    ({ name, now, before }) => `From ${before} to ${now}: ${name}.`,
    ({ name, now, change }) => `${capitalised(name)} came to ${now}, ${change} than before.`,
  ],
  playful: [
    ({ name, now, change }) => `${capitalised(name)}: ${change} than usual, parked at ${now} for now.`,
    ({ name, now, before }) => `${capitalised(name)} moved house, from ${before} to ${now}.`,
    ({ name, change }) => `Also spotted in a new place: ${name}, ${change}.`,
  ],
  direct: [
    ({ name, now, change }) => `${capitalised(name)}: ${change}, now ${now}.`,
    ({ name, now, before }) => `${capitalised(name)}: ${before} to ${now}.`,
    ({ name, change }) => `${capitalised(name)}: ${change}.`,
  ],
};

/** @param at - its place among the changes cited, from 0. */
export const changeHighlight = (
  change: Change,
  at: number,
  r: Heard,
  tone: ToneMode,
): InsightText['highlights'][number] => ({
  metric: `change.${change.metric}`,
  text: highlightOf[tone][Math.min(at, 2) as 0 | 1 | 2](said(change, r)),
});

const sortedAnew: Record<ToneMode, Say> = {
  neutral: ({ now, before }) =>
    `The share without a known mood went from ${before} to ${now}, which moves the other shares by itself.`,
  supportive: ({ now, before }) =>
    `The unknown share is ${now}, after ${before}, and that alone moves the others.`,
  playful: ({ now, before }) =>
    `The share nobody could read went from ${before} to ${now}, and it elbows the others about.`,
  direct: ({ now, before }) => `Unknown moods: ${before} to ${now}. That shifts the other shares.`,
};

/** What a reader should know where a good part of the shares' changes is a change in what is known. */
export function knownDifferently({ changes }: Comparison, r: Heard, tone: ToneMode): string[] {
  const unknown = changes.find(({ metric }) => metric.endsWith('mood_patterns.unknown.percentage'));
  return unknown && Math.abs(unknown.by) >= 5 ? [sortedAnew[tone](said(unknown, r))] : [];
}
