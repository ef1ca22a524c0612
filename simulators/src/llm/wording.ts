import { uniform } from '../random.js';
import type { InputFact } from './input-facts.js';

/** How the model words its text: truthfully, with numbers it made up, or with claims that must never be stored. */
export type Manner = 'truthful' | 'lies' | 'diagnosis';

const TITLES = [
  'What your music sounded like',
  'Notes on your listening',
  'A look at what you played',
  'Your sound, in short',
];

const TIPS = [
  'Play one record from start to end and notice where it slows down.',
  'Put a quiet track between two loud ones.',
  'Go back to a song you have not heard for a while.',
  'Try one artist that you have never played before.',
];

const FILLERS = [
  'Your music sounded like the time it was played in.',
  'The numbers say how it sounded, not how you felt.',
  'A different stretch of listening may sound quite different.',
];

const FACT_SENTENCES: readonly ((label: string, value: string) => string)[] = [
  (label, value) => `In your music, ${label} stood at ${value}.`,
  (label, value) => `What you played put ${label} at ${value}.`,
  (label, value) => `Your listening shows ${label} at ${value}.`,
];

const DIAGNOSIS = 'You are depressed, and this disorder needs treatment.';

function pick<Item>(items: readonly Item[], fallback: Item, ...seed: readonly (string | number)[]): Item {
  return items[Math.floor(uniform(...seed) * items.length)] ?? fallback;
}

/** A number that is none of the input's. */
export function lieAbout(value: number, facts: readonly InputFact[]): number {
  let lie = Number((Math.abs(value) * 1.37 + 3.17).toFixed(2));
  while (facts.some((fact) => fact.value === lie)) lie = Number((lie + 1.01).toFixed(2));
  return lie;
}

/** Writes small English texts about the facts of the input; every number in them is a fact's, unless it lies. */
export class Wording {
  readonly #seed: string;
  readonly #facts: readonly InputFact[];
  readonly manner: Manner;

  constructor(seed: string, facts: readonly InputFact[], manner: Manner) {
    this.#seed = seed;
    this.#facts = facts;
    this.manner = manner;
  }

  /** The number to give for a fact. */
  valueOf(fact: InputFact): number {
    return this.manner === 'lies' ? lieAbout(fact.value, this.#facts) : fact.value;
  }

  /** One sentence about a fact, or one without numbers where the input has none. */
  sentence(fact: InputFact | undefined, at: string): string {
    if (!fact) return this.manner === 'lies' ? 'Your listening reached 91.73.' : this.filler(0);
    const form = pick(FACT_SENTENCES, FACT_SENTENCES[0], this.#seed, at, 'form');
    return form?.(fact.label, String(this.valueOf(fact))) ?? '';
  }

  /** A sentence without numbers; neighbouring indexes give different ones. */
  filler(index: number): string {
    return (
      FILLERS[(Math.floor(uniform(this.#seed, 'filler') * FILLERS.length) + index) % FILLERS.length] ?? ''
    );
  }

  title(at: string): string {
    return pick(TITLES, '', this.#seed, at);
  }

  tip(at: string, index: number): string {
    return TIPS[(Math.floor(uniform(this.#seed, at) * TIPS.length) + index) % TIPS.length] ?? '';
  }

  /** A few sentences about three of the facts. */
  paragraph(at: string): string {
    const start = Math.floor(uniform(this.#seed, at, 'start') * Math.max(1, this.#facts.length));
    const count = Math.min(3, Math.max(1, this.#facts.length));
    const sentences = Array.from({ length: count }, (_, index) =>
      this.sentence(this.#facts[(start + index) % Math.max(1, this.#facts.length)], `${at} ${index}`),
    );
    if (this.manner === 'diagnosis') sentences.push(DIAGNOSIS);
    return [...sentences, this.filler(0)].join(' ');
  }
}
