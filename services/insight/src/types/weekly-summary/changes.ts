import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { Draw, Options } from '../../writers/template/draw.js';
import { capitalised, type Reading } from '../../writers/template/reading.js';
import type { Change, ComparedMetric, Comparison } from '../comparison.js';

/** From how large a difference on a text speaks of it; below, it is too small to hear. */
const HEARD = { measure: 0.03, tempo: 3, loudness: 0.5, percent: 3 };

const isMood = (metric: ComparedMetric) => metric.startsWith('mood_patterns.');

function heard(metric: ComparedMetric): number {
  if (metric === 'avg_tempo') return HEARD.tempo;
  if (metric === 'avg_loudness') return HEARD.loudness;
  return isMood(metric) ? HEARD.percent : HEARD.measure;
}

/** The changes large enough to tell of, the largest first; of the unknown share none, since it says nothing of the music. */
export function telling({ changes }: Comparison): Change[] {
  const size = ({ metric, by }: Change) => Math.abs(by) / heard(metric);
  return changes
    .filter((change) => !change.metric.includes('unknown') && size(change) >= 1)
    .sort((a, b) => size(b) - size(a));
}

const NAMES: Partial<Record<ComparedMetric, string>> = {
  avg_valence: 'brightness',
  avg_tempo: 'the average tempo',
  avg_loudness: 'average loudness',
  mood_diversity_score: 'the variety of moods',
};

const nameOf = (metric: ComparedMetric): string =>
  isMood(metric) ? `the ${metric.split('.')[1]} share` : (NAMES[metric] ?? metric.replace('avg_', ''));

interface Said {
  readonly name: string;
  readonly now: string;
  readonly before: string;
  readonly change: string;
  readonly isUp: boolean;
}
type Say = (said: Said) => string;

const said = (change: Change, r: Reading): Said => ({
  name: nameOf(change.metric),
  now: r.show(change.metric),
  before: r.show(`before.${change.metric}`),
  change: r.show(`change.${change.metric}`),
  isUp: change.by > 0,
});

/** A frame for the largest change, one for the next, one for the last; no paragraph says the same thing three times. */
const sentences: Record<ToneMode, readonly [Options<Say>, Options<Say>, Options<Say>]> = {
  neutral: [
    [
      ({ name, now, before, change }) =>
        `The largest change is in ${name}: ${now} now, ${before} before, ${change}.`,
      ({ name, now, before, isUp }) =>
        `Nothing moved as far as ${name}, which ${isUp ? 'rose' : 'fell'} from ${before} to ${now}.`,
    ],
    [
      ({ name, now, before, isUp }) =>
        `${capitalised(name)} ${isUp ? 'rose' : 'fell'}, from ${before} to ${now}.`,
      ({ name, now, before, isUp }) =>
        `After that comes ${name}, ${isUp ? 'higher' : 'lower'} at ${now} against ${before}.`,
    ],
    [({ name, now, before }) => `For ${name} the two figures are ${now} and, before, ${before}.`],
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
    [({ name, change }) => `And ${name} is ${change} than it was, which is a smaller step.`],
  ],
  playful: [
    [
      ({ name, now, before, isUp }) =>
        `Headline news: ${name} ${isUp ? 'jumped' : 'slid'} from ${before} to ${now}, and nobody filled in a form.`,
      ({ name, now, before, isUp }) =>
        `The needle that moved most: ${name}, ${isUp ? 'up' : 'down'} from ${before} to ${now}. Somebody check the batteries.`,
    ],
    [
      ({ name, now, before, isUp }) =>
        `Not wanting to be left out, ${name} ${isUp ? 'climbed' : 'dropped'} from ${before} to ${now}.`,
    ],
    [({ name, change }) => `In other movements, ${name} ended up ${change}, waving as it went.`],
  ],
  direct: [
    [
      ({ name, now, before }) => `Biggest change: ${name}, ${before} to ${now}.`,
      ({ name, now, change }) => `Biggest change: ${name}, ${change}, now ${now}.`,
    ],
    [({ name, now, before }) => `Next: ${name}, ${before} to ${now}.`],
    [({ name, now, before }) => `Then ${name}, ${before} to ${now}.`],
  ],
};

/** @param at - its place among the changes told, from 0. */
export function changeSentence(change: Change, at: number, r: Reading, tone: ToneMode, draw: Draw): string {
  const frame = sentences[tone][Math.min(at, 2) as 0 | 1 | 2];
  return draw.pick(`change/${at}`, frame)(said(change, r));
}

const highlightOf: Record<ToneMode, Say> = {
  neutral: ({ name, now, change }) => `${capitalised(name)}: ${change} than in the weeks before, at ${now}.`,
  supportive: ({ name, now, change }) => `${capitalised(name)} sits ${change} than it did, at ${now}.`,
  playful: ({ name, now, change }) => `${capitalised(name)}: ${change} than usual, parked at ${now} for now.`,
  direct: ({ name, now, change }) => `${capitalised(name)}: ${change}, now ${now}.`,
};

export const changeHighlight = (
  change: Change,
  r: Reading,
  tone: ToneMode,
): InsightText['highlights'][number] => ({
  metric: `change.${change.metric}`,
  text: highlightOf[tone](said(change, r)),
});
