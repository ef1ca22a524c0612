import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import type { KnownMood } from '../../facts/ranking.js';
import { diversity, type Level, level } from '../../facts/scale.js';
import { apart, at, playsCounted } from '../../statements/statement.js';
import { claiming, type Draw, type Options, type Wordings } from '../../wording/draw.js';
import { type HighlightedMeasure, measureLines, type Register } from '../../wording/measure-lines.js';
import { labelledShare, plainShare } from '../../wording/plain.js';
import { coverageInTracks, type Reading } from '../../wording/reading.js';

type Highlight = InsightText['highlights'][number];
type Line = (mood: KnownMood, percentage: string, things: string) => string;

const leading: Record<ToneMode, Wordings<Line>> = {
  neutral: [
    (mood, p, things) => `${p} of all ${things} sounded ${mood}, the largest share of any known mood.`,
    (mood, p, things) => `The leading known mood, ${mood}, covers ${p} of all ${things}.`,
  ],
  supportive: [
    (mood, p) => `A share of ${p} went to ${mood} music, more than to any other known mood.`,
    claiming(
      (mood: KnownMood, p: string, things: string) =>
        `The known sound you came back to most was ${mood}: ${p} of all ${things}.`,
      playsCounted,
    ),
  ],
  playful: [
    (mood, p, things) => `Gold medal: ${mood}, on ${p} of the ${things}.`,
    (mood, p) => `${p} ${mood}. Put that on a T-shirt.`,
  ],
  direct: [
    (mood, p, things) => `${p} of ${things}: ${mood}.`,
    (mood, p) => `Largest known share: ${mood}, ${p}.`,
  ],
};

const tied: Record<ToneMode, Line> = {
  neutral: (mood, p, things) =>
    `Sharing first place among the known moods, ${mood} accounts for ${p} of all ${things}.`,
  supportive: (mood, p, things) =>
    `Among the known moods that share first place, ${mood} has ${p} of all ${things}.`,
  playful: (mood, p, things) => `Joint gold for ${mood}: ${p} of the ${things}.`,
  direct: (mood, p) => `Tied for first: ${mood}, ${p}.`,
};

const evenness: Record<ToneMode, Record<Level, Options<(score: string, things: string) => string>>> = {
  neutral: {
    low: [(n, things) => `Mood diversity is low at ${n}: the ${things} cluster in few moods.`],
    mid: [(n) => `A mood diversity of ${n} reflects some variety, short of an even split.`],
    high: [
      (n, things) => `The ${things} are divided fairly evenly between moods, for a diversity score of ${n}.`,
    ],
  },
  supportive: {
    low: [(n) => `A diversity score of ${n} says that few moods had most of the room.`],
    mid: [(n) => `There was some variety of moods, and the diversity score of ${n} shows it.`],
    high: [(n) => `Moods took turns, which a diversity score of ${n} bears out.`],
  },
  playful: {
    low: [(n) => `Few moods, moved in, hung curtains: diversity ${n}.`],
    mid: [(n) => `Diversity ${n}: some variety on the plate, unequal helpings.`],
    high: [(n) => `A mood buffet, frankly, with a diversity of ${n}.`],
  },
  direct: {
    low: [(n) => `Low mood variety (${n}).`],
    mid: [(n) => `Some variety of moods (${n}).`],
    high: [(n) => `High mood variety: ${n}.`],
  },
};

const known: Record<ToneMode, (inTracks: string) => string> = {
  neutral: (n) => `The sound of ${n} is known; averages describe those alone.`,
  supportive: (n) => `All of this rests on ${n}, so there may be more to hear in the others.`,
  playful: (n) => `Evidence was gathered from ${n}. The others pleaded the right to silence.`,
  direct: (n) => `Based on ${n}.`,
};

const registerOf = (tone: ToneMode): Register => (tone === 'playful' || tone === 'direct' ? tone : 'plain');

const candidates: readonly HighlightedMeasure[] = [
  'tempo',
  'danceability',
  'acousticness',
  'instrumentalness',
  'loudness',
  'speechiness',
  'liveness',
];

/** Measures worth a line: those away from the middle first, which of them by the seed. */
function measures(r: Reading, tone: ToneMode, draw: Draw, most: number): Highlight[] {
  const worded = draw.shuffled('measures', candidates).flatMap((name) => {
    const where = level(r, name);
    const lines = where && measureLines[name][where];
    return where && lines ? [{ name, where, lines: lines[registerOf(tone)] }] : [];
  });
  const [telling, middling] = [
    worded.filter(({ where }) => where !== 'mid'),
    worded.filter(({ where }) => where === 'mid'),
  ];
  return [...telling, ...middling].slice(0, most).map(({ name, where, lines }) => ({
    metric: `avg_${name}`,
    text: draw.pick(`measure/${name}`, lines, at(name, where))(r.show(`avg_${name}`)),
  }));
}

/** The highlights of a snapshot with features: the leading mood, some measures and variety. */
export function highlights(r: Reading, tone: ToneMode, draw: Draw): Highlight[] {
  const list: Highlight[] = [];
  const [leader, ...others] = r.leaders;
  if (leader) {
    const say =
      others.length > 0
        ? draw.lean('tied', [tied[tone]], tied.neutral)
        : draw.lean('leading', leading[tone], plainShare);
    const percentage = r.show(`mood_patterns.${leader}.percentage`);
    const labelled = others.length > 0 ? undefined : labelledShare(r, leader);
    list.push({
      metric: `mood_patterns.${leader}`,
      text: labelled ?? say(leader, percentage, r.things),
    });
  }
  list.push(...measures(r, tone, draw, tone === 'direct' ? 2 : 3));
  const variety = diversity(r);
  // Of few tracks the score says little, and of a single mood nothing new.
  if (variety && r.lead !== 'sole' && r.sortedTracks > 2) {
    const say = draw.pick('evenness', evenness[tone][variety], apart('moods', variety));
    const text = say(r.show('mood_diversity_score'), r.things);
    list.push({ metric: 'mood_diversity_score', text });
  }
  // What else is unknown, the body says.
  if (list.length === 0) list.push({ metric: 'coverage', text: known[tone](coverageInTracks(r)) });
  return list.map(({ metric, text }) => ({ metric, text: text.charAt(0).toUpperCase() + text.slice(1) }));
}
