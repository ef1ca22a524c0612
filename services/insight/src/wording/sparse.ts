import type { InsightText, ToneMode } from '@undertone/contracts/insight/insight';
import { ofFewTracks } from './caveats.js';
import type { Draw, Options } from './draw.js';
import { origin } from './origin.js';
import { capitalised, coverageInTracks, type Extent, type Reading } from './reading.js';

type Line = (r: Reading) => string;
interface Sparse {
  readonly paragraphs: Options<Line>;
  readonly tips: Options<string>;
}

/** Titles where there is little or nothing to tell. */
export const sparseTitles: Record<Exclude<Extent, 'moods'>, Record<ToneMode, Options<string>>> = {
  'no-tracks': {
    neutral: ['Nothing played in this snapshot'],
    supportive: ['Nothing here yet, and that is fine'],
    playful: ['The sound of silence, literally', 'An empty stage'],
    direct: ['Nothing played'],
  },
  'no-features': {
    neutral: ['Music listed, sound unknown'],
    supportive: ['Your music is here; its sound is not known yet'],
    playful: ['All sleeves, no sound', 'Judging records by their covers? No'],
    direct: ['Sound unknown'],
  },
  'no-moods': {
    neutral: ['Measured, but without moods'],
    supportive: ['A first outline of your music'],
    playful: ['A poker face of a playlist'],
    direct: ['No moods known'],
  },
};

const AGAIN = 'Take another snapshot later; features may be known by then.';

const noTracks: Record<ToneMode, Sparse> = {
  neutral: {
    paragraphs: [
      (r) => `The snapshot has no ${r.things} for ${r.range}.`,
      (r) =>
        `Without ${r.things} there is nothing to say about how your music sounded, so nothing is said about moods, energy or tempo.`,
      () => 'This can happen with a new account, or when little was played in the period.',
    ],
    tips: [
      'Listen as usual and take a snapshot again later.',
      'Try a longer time range, which reaches further back.',
    ],
  },
  supportive: {
    paragraphs: [
      (r) => `There is no music here yet: no ${r.things} came back for ${r.range}.`,
      () =>
        'Rather than guess, this page stays quiet about how your music sounded. It would be a pity to make something up.',
      () => 'Whenever there is something to hear, a new snapshot will hear it.',
    ],
    tips: [
      'Play whatever you like, whenever you like, and come back for another snapshot.',
      'A longer time range may find songs from further back.',
    ],
  },
  playful: {
    paragraphs: [
      (r) => `We pressed our ear to the door of ${r.range} and heard nothing: no ${r.things} at all.`,
      () => 'No moods to sort, no tempo to clap along to. Even the metronome went home.',
      () => 'Making something up would be easy, but then this would be fiction.',
    ],
    tips: [
      'Press play on something. Anything. The kazoo repertoire is underrated.',
      'Or pick a longer time range and see what turns up behind the sofa.',
    ],
  },
  direct: {
    paragraphs: [
      (r) => `No ${r.things} were found for ${r.range}.`,
      () => 'Nothing can be said about how your music sounded.',
    ],
    tips: ['Listen, then take another snapshot.', 'Or choose a longer time range.'],
  },
};

const noFeatures: Record<ToneMode, Sparse> = {
  neutral: {
    paragraphs: [
      (r) =>
        `${capitalised(r.things)} were found for ${r.range}, but none of them can be described: audio features are known for ${coverageInTracks(r)}.`,
      () =>
        'Mood, energy, tempo and every other measure come from those features, so all of them are unknown here rather than low.',
      (r) =>
        `The snapshot is dated ${r.show('snapshot_date')}. Features are looked up again with each new snapshot.`,
    ],
    tips: [AGAIN, 'Try another time range, whose music may be better covered.'],
  },
  supportive: {
    paragraphs: [
      (r) =>
        `Your music of ${r.range} is here, only its sound is still out of reach: features are known for ${coverageInTracks(r)}.`,
      () =>
        'That says nothing about the music itself; some songs are simply not in the catalogue of measurements yet.',
      () => 'So there is no mood to report and none was invented. Your own ear remains the best source.',
    ],
    tips: [
      'Come back for another snapshot; more may be known by then.',
      'Until then, jot down how a few of these songs sound to you.',
    ],
  },
  playful: {
    paragraphs: [
      (r) =>
        `The records of ${r.range} arrived, the record player did not: features are known for ${coverageInTracks(r)}.`,
      () => 'Are they happy? Calm? Polka? We have stared at the sleeves and learned nothing.',
      () => 'Guessing is against house rules, so the mood column stays magnificently blank.',
    ],
    tips: [
      'Check back with a new snapshot once the record player turns up.',
      'Meanwhile, invent genres for the songs in your list. There will be no marking.',
    ],
  },
  direct: {
    paragraphs: [
      (r) => `Features are known for ${coverageInTracks(r)} of ${r.range}.`,
      () => 'Mood, energy and tempo are unknown. None was guessed.',
    ],
    tips: ['Take another snapshot later.', 'Try another time range.'],
  },
};

const noMoods: Record<ToneMode, Sparse> = {
  neutral: {
    paragraphs: [
      (r) =>
        `No mood could be worked out for your music over ${r.range}, though some of its sound was measured.`,
      () => 'Most of what this page would say rests on moods, so it says no more than that.',
    ],
    tips: [AGAIN, 'Try another time range, whose music may be better covered.'],
  },
  supportive: {
    paragraphs: [
      (r) => `The moods of your music over ${r.range} stay open, but some of how it sounded is known.`,
      () => 'That is too little for a fair picture, so none is painted here.',
    ],
    tips: ['Come back for another snapshot; more may be known by then.'],
  },
  playful: {
    paragraphs: [
      (r) => `Your music over ${r.range} kept a straight face: no mood could be read, only a few dials.`,
      () => 'A page about the dials alone would be a manual, and nobody reads those.',
    ],
    tips: ['Check back with a new snapshot once your music has loosened up.'],
  },
  direct: {
    paragraphs: [(r) => `No moods known for your music over ${r.range}.`, () => 'Too little to go on.'],
    tips: ['Take another snapshot later.'],
  },
};

const written = { 'no-tracks': noTracks, 'no-features': noFeatures, 'no-moods': noMoods };

/**
 * The text of any type where there is no track, or none with a known sound or mood: it says what is not known, and
 * invents no mood.
 * @param more - paragraphs of the type's own, which need neither.
 */
export function sparse(
  r: Reading,
  extent: Exclude<Extent, 'moods'>,
  tone: ToneMode,
  draw: Draw,
  more: readonly string[] = [],
): InsightText {
  const { paragraphs, tips } = written[extent][tone];
  const highlight =
    extent === 'no-tracks'
      ? { metric: 'total_tracks_analyzed', text: `No ${r.things} were analysed.` }
      : { metric: 'coverage', text: `Known features: ${r.show('coverage')} of the ${r.things}.` };
  return {
    title: draw.pick('title', sparseTitles[extent][tone]),
    body: [...paragraphs.map((say) => say(r)), ...more, ...ofFewTracks(r, tone), ...origin(r)].join('\n\n'),
    highlights: [highlight],
    tips: [...tips],
  };
}
