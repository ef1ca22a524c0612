import type { InsightText } from '@undertone/contracts/insight/insight';
import { featureNames, moodNames } from '@undertone/contracts/listening/snapshot';
import type { Facts } from '../facts/facts.js';
import { shownNumbers } from '../facts/shown-numbers.js';
import { clausesOf, sentencesOf } from '../insight-text/clauses.js';
import { type NumberInText, numbersIn } from '../insight-text/numbers-in-text.js';
import { wholeText } from '../insight-text/whole-text.js';

const measures = [...featureNames, 'mood_diversity_score'] as const;
type Subject = (typeof measures)[number] | (typeof moodNames)[number];

/** What a text calls them, where it is not by their own names alone. */
const CALLED: Partial<Record<Subject, string>> = {
  valence: String.raw`valence|bright\w*|positiv\w*`,
  danceability: String.raw`danceab\w*`,
  acousticness: String.raw`acoustic\w*`,
  instrumentalness: String.raw`instrumental\w*`,
  speechiness: String.raw`speech\w*|spoken`,
  liveness: 'live(?:ness)?',
  tempo: 'tempo|BPM',
  loudness: 'loudness|dB',
  mood_diversity_score: 'diversity|variety',
  unknown: 'unknown|(?:no|without a|without any) (?:known |readable )?mood',
};
const named = (subjects: readonly Subject[]) =>
  subjects.map(
    (subject) => [subject, new RegExp(String.raw`\b(?:${CALLED[subject] ?? subject})\b`, 'i')] as const,
  );

interface Kind {
  readonly subjects: readonly (readonly [Subject, RegExp])[];
  isMeant(number: NumberInText): boolean;
  /** Metrics that any sentence may set a part against. */
  readonly wholes: readonly string[];
}

/** Measures have decimals, moods have shares and counts: so in "the happy tracks averaged 0.62 in energy" each number has its subject. */
const KINDS: readonly Kind[] = [
  {
    subjects: named(measures),
    isMeant: ({ unit, text }) => unit === 'plain' && text.includes('.'),
    wholes: [],
  },
  {
    subjects: named(moodNames),
    isMeant: ({ unit }) => unit === 'percent' || unit === 'tracks' || unit === 'plays',
    wholes: [
      'total_tracks_analyzed',
      'total_plays_analyzed',
      'known_tracks',
      'coverage',
      'week.plays',
      'week.tracks',
      'week.coverage',
      'before.week.plays',
      'before.week.tracks',
      'change.week.plays',
      'change.week.tracks',
      'earlier_weeks',
    ],
  },
];

/** What is left of a clause that has nothing but numbers to say: its sentence names what they are of. */
const BARE =
  /^(?:[^\p{L}]|\b(?:a|an|the|at|to|by|of|from|in|with|or|and|but|while|out|about|around|just|only|nearly|roughly|almost|all|each|it|its|that|this|is|was|now|before|total|average|averaging|mean|score|spread|tracks?|songs?|plays?|percent|percentage|points?|higher|lower|more|less|fewer)\b)*$/iu;

/**
 * Places where a number of the facts is said of a measure or mood that it is not of: "energy averaged 0.54" where 0.54
 * is the valence. Where all that are named stand in clauses with numbers, each clause is held to its own; else, as in
 * "energy and valence were 0.62 and 0.54", to all that the sentence names, and which is whose is not judged. Neither is what
 * no sentence names, or names in words that are not known here. Numbers of nothing are `unknownNumbers`' part.
 * @returns clauses, as they stand in the text.
 */
export function misplacedNumbers(text: InsightText, facts: Facts): string[] {
  const shown = [...shownNumbers(facts)];
  const found = sentencesOf(wholeText(text)).flatMap((sentence) => {
    const clauses = clausesOf(sentence);
    const misplaced = KINDS.flatMap((kind) => misplacedIn(clauses, kind, shown));
    return clauses.filter((clause) => misplaced.includes(clause));
  });
  const uncited = text.highlights.filter(({ metric, text: said }) => tellsOfAnother(metric, said, shown));
  return [...found, ...uncited.map(({ text: said }) => said)];
}

type Shown = readonly (readonly [metric: string, shown: string])[];

function misplacedIn(
  clauses: readonly string[],
  { subjects, isMeant, wholes }: Kind,
  shown: Shown,
): string[] {
  const read = clauses.map((clause) => ({
    clause,
    numbers: numbersIn(withCounts(clause)).filter(isMeant),
    about: subjects.flatMap(([subject, name]) => (name.test(clause) ? subject : [])),
  }));
  const all = read.flatMap(({ about }) => about);
  const numbered = read.flatMap(({ about, numbers }) => (numbers.length > 0 ? about : []));
  const isApart = all.every((subject) => numbered.includes(subject));
  const known = numbersOf(shown, () => true);
  return read
    .filter(({ clause, numbers, about: own }) => {
      const about = own.length > 0 && isApart ? own : own.length > 0 || BARE.test(clause) ? all : [];
      if (about.length === 0) return false;
      const theirs = numbersOf(
        shown,
        (metric) => wholes.includes(metric) || about.some((subject) => isOf(metric, subject)),
      );
      return numbers.some(({ value }) => known.has(value) && !theirs.has(value));
    })
    .map(({ clause }) => clause);
}

const known = moodNames.filter((mood) => mood !== 'unknown').join('|');
const COUNT_OF_MOOD = new RegExp(
  String.raw`(?<![\d.,])(\d[\d,]*) (?=(?:(?:sounded|sound|were|are|felt|of them) )?(?:${known})\b)`,
  'gi',
);

/** Says "tracks" after counts that need no word for it: both of "9 of 50 tracks", and that of "11 sounded happy". */
const withCounts = (clause: string): string =>
  clause.replace(/(?<=\d) (?=(?:out )?of \d)/g, ' tracks ').replace(COUNT_OF_MOOD, '$1 tracks ');

/** Whether a highlight has numbers, and none of the metric that it cites. */
function tellsOfAnother(cited: string, said: string, shown: Shown): boolean {
  const subject = [...measures, ...moodNames].find((one) => isOf(cited, one));
  if (subject === undefined) return false;
  const known = numbersOf(shown, () => true);
  const numbers = numbersIn(said).filter(
    ({ unit, value }) => unit !== 'date' && unit !== 'span' && known.has(value),
  );
  const theirs = numbersOf(shown, (metric) => isOf(metric, subject));
  return numbers.length > 0 && !numbers.some(({ value }) => theirs.has(value));
}

/** `avg_energy`, `std_energy`, `before.avg_energy` and `change.avg_energy` are all of energy. */
const isOf = (metric: string, subject: Subject) =>
  metric
    .split('.')
    .some((part) => part === subject || part === `avg_${subject}` || part === `std_${subject}`);

/** Of both signs: "0.05 lower" is a change of -0.05, and 7.3 dB below full scale are -7.3. */
const numbersOf = (shown: Shown, isTheirs: (metric: string) => boolean): Set<number> =>
  new Set(
    shown
      .filter(([metric]) => isTheirs(metric))
      .flatMap(([, number]) => numbersIn(number))
      .flatMap(({ value }) => [value, -value]),
  );
