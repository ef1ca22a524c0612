import type { InsightText } from '@undertone/contracts/insight/insight';
import { featureNames, moodNames } from '@undertone/contracts/listening/snapshot';
import type { Facts } from '../../types/facts.js';
import { clausesOf, sentencesOf } from './clauses.js';
import { type NumberInText, numbersIn } from './numbers-in-text.js';
import { shownNumbers } from './shown-numbers.js';
import { wholeText } from './whole-text.js';

const measures = [...featureNames, 'mood_diversity_score'] as const;
type Subject = (typeof measures)[number] | (typeof moodNames)[number];

/** What a text calls them, where it is not by their own names. */
const CALLED: Partial<Record<Subject, string>> = {
  valence: 'valence|brightness',
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
    ],
  },
];

/**
 * Places where a number of the facts is said of a measure or mood that it is not of: "energy averaged 0.54" where 0.54
 * is the valence. A clause that names measures has only their numbers; one that names none goes by its sentence. What
 * no sentence names is not judged, and neither is which way round two in one clause are told; numbers of nothing are
 * `unknownNumbers`' part.
 * @returns clauses, as they stand in the text.
 */
export function misplacedNumbers(text: InsightText, facts: Facts): string[] {
  const shown = [...shownNumbers(facts)];
  const found = sentencesOf(wholeText(text)).flatMap((sentence) =>
    clausesOf(sentence).filter((clause) => isMisplaced(clause, sentence, shown)),
  );
  const uncited = text.highlights.filter(({ metric, text: said }) => tellsOfAnother(metric, said, shown));
  return [...found, ...uncited.map(({ text: said }) => said)];
}

type Shown = readonly (readonly [metric: string, shown: string])[];

function isMisplaced(clause: string, sentence: string, shown: Shown): boolean {
  // Of "9 of 50 tracks" both are counts.
  const numbers = numbersIn(clause.replace(/(?<=\d) (?=(?:out )?of \d)/g, ' tracks '));
  return KINDS.some(({ subjects, isMeant, wholes }) => {
    const meant = numbers.filter(isMeant);
    if (meant.length === 0) return false;
    const namedIn = (said: string) => subjects.flatMap(([subject, name]) => (name.test(said) ? subject : []));
    const here = namedIn(clause);
    const about = here.length > 0 ? here : namedIn(sentence);
    if (about.length === 0) return false;
    const theirs = numbersOf(
      shown,
      (metric) => wholes.includes(metric) || about.some((subject) => isOf(metric, subject)),
    );
    const known = numbersOf(shown, () => true);
    return meant.some(({ value }) => known.has(value) && !theirs.has(value));
  });
}

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
