import type { ToneMode } from '@undertone/contracts/insight/insight';
import { type Level, spread } from '../../facts/scale.js';
import { apart } from '../../statements/statement.js';
import type { Draw, Options } from '../../wording/draw.js';
import { capitalised, listed, type Reading } from '../../wording/reading.js';

type Things = Reading['things'];
type Spread = (quality: string, deviation: string, things: Things) => string;

/** How far tracks lie apart in brightness or energy. */
const spreads: Record<ToneMode, Record<Level, Options<Spread>>> = {
  neutral: {
    low: [
      (q, s, things) => `${capitalised(things)} were alike in ${q}, with a standard deviation of only ${s}.`,
      (q, s, things) => `${capitalised(q)} changed little between ${things} (standard deviation ${s}).`,
    ],
    mid: [
      (q, s, things) => `In ${q}, ${things} differed moderately: the standard deviation is ${s}.`,
      (q, s, things) => `A standard deviation of ${s} in ${q} shows moderate differences between ${things}.`,
    ],
    high: [
      (q, s) => `The average hides wide differences in ${q}, where the standard deviation reached ${s}.`,
      (q, s, things) => `${capitalised(q)} varied widely between ${things} (standard deviation ${s}).`,
    ],
  },
  supportive: {
    low: [
      (q, s) =>
        `From song to song the ${q} hardly moved (a spread of ${s}), which gives the whole a settled feel.`,
      (q, s) => `The songs sit close together in ${q}, with a spread of just ${s}.`,
    ],
    mid: [
      (q, s) => `Around that average there was some give: a spread of ${s} in ${q}, enough for contrast.`,
      (q, s) => `With a spread of ${s} in ${q}, the songs keep a family likeness without being copies.`,
    ],
    high: [
      (q, s) =>
        `No average holds it all, though: a spread of ${s} in ${q} means very different songs live side by side.`,
      (q, s) =>
        `The songs travel far in ${q}, with a spread of ${s}, so there is something here for many kinds of day.`,
    ],
  },
  playful: {
    low: [
      (q, s) => `The songs march in step on ${q}, too: a spread of ${s}, close enough to share a coat.`,
      (q, s) => `Surprises in ${q}? Hardly: the spread is ${s}.`,
    ],
    mid: [
      (q, s) => `The ${q} wanders a bit (a spread of ${s}) but always finds its way home.`,
      (q, s) => `There is some wobble in the ${q}, a spread of ${s}, which keeps things interesting.`,
    ],
    high: [
      (q, s) =>
        `Averages are tidy liars, mind you: a spread of ${s} in ${q} means the songs are all over the map.`,
      (q, s) => `Shuffle must be an adventure, given a spread of ${s} in ${q}.`,
    ],
  },
  direct: {
    low: [
      (q, s) => `Little variation in ${q} (spread ${s}).`,
      (q, s, things) => `${capitalised(things)} agree on ${q}: spread ${s}.`,
    ],
    mid: [(q, s) => `Moderate variation in ${q} (spread ${s}).`, (q, s) => `Spread in ${q}: ${s}, moderate.`],
    high: [
      (q, s) => `Wide variation in ${q} (spread ${s}).`,
      (q, s, things) => `${capitalised(things)} differ a lot in ${q}: spread ${s}.`,
    ],
  },
};

type Absence = (moods: string, things: Things) => string;

/** Which moods did not occur at all. */
const absences: Record<ToneMode, Options<Absence>> = {
  neutral: [
    (moods) => `Nothing was sorted as ${moods}.`,
    (moods, things) => `Among the ${things} with a known mood, none sounded ${moods}.`,
  ],
  supportive: [
    (moods) =>
      `Nothing ${moods} turned up where the mood is known, which is neither good nor bad: it is simply the shape of this stretch of music.`,
    (moods) =>
      `There was nothing that sounded ${moods} in what could be heard; another season may bring some.`,
  ],
  playful: [
    (moods) => `Not seen wherever the torch reached: anything ${moods}.`,
    (moods) => `Among the known moods, a search party found nothing ${moods}.`,
  ],
  direct: [
    (moods) => `Missing from what is known: anything ${moods}.`,
    (moods, things) => `None of the ${things} with a known mood sounded ${moods}.`,
  ],
};

/** What differs between tracks, and what is missing; empty where neither is known. */
export function variety(r: Reading, tone: ToneMode, draw: Draw): string[] {
  const sentences: string[] = [];
  const known = (['valence', 'energy'] as const).filter((name) => spread(r, name) !== undefined);
  const [name] = draw.shuffled('spread-of', known);
  const width = name && spread(r, name);
  if (name && width) {
    const say = draw.pick('spread', spreads[tone][width], apart(name, width));
    sentences.push(say(name === 'valence' ? 'brightness' : 'energy', r.show(`std_${name}`), r.things));
  }
  // A sole mood was already said to be alone.
  if (r.lead !== 'sole' && r.absent.length > 0) {
    const moods =
      r.absent.length > 1 ? `${r.absent.slice(0, -1).join(', ')} or ${r.absent.at(-1)}` : listed(r.absent);
    sentences.push(draw.pick('absent', absences[tone])(moods, r.things));
  }
  return sentences;
}
