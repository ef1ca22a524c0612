import { createHash } from 'node:crypto';
import type { Facts } from '../facts/facts.js';
import { isTrueOf } from '../statements/is-true.js';
import { aheadOfUnknown, carries, type Statement, severalTracks } from '../statements/statement.js';

/** At least something to choose from. */
export type Options<T> = readonly [T, ...T[]];

/** A wording that claims more than its place does: it is chosen only where all of that is true. */
interface Claiming<T> {
  readonly words: T;
  readonly claims: readonly [Statement, ...Statement[]];
}

type Wording = string | ((...of: never[]) => string);

/** Wordings of which the first may always be chosen, and others only where what they claim is true. */
export type Wordings<T extends Wording> = readonly [T, ...(T | Claiming<T>)[]];

export const claiming = <T>(words: T, ...claims: Claiming<T>['claims']): Claiming<T> => ({ words, claims });

/** Chooses wordings: the same seed and slot always the same one, whatever else was drawn before. */
export class Draw {
  private readonly said: Statement[] = [];

  /** @param facts - what wordings have to be true of. */
  constructor(
    private readonly seed: string,
    private readonly facts: Facts,
  ) {}

  /** All that the wordings which were chosen claim. */
  get declared(): readonly Statement[] {
    return this.said;
  }

  /**
   * @param slot - what the choice is for; two slots choose independently of each other.
   * @param placed - what any of them claims because of where it stands, such as a line for high energy.
   */
  pick<T extends Wording>(slot: string, options: Wordings<T>, ...placed: readonly Statement[]): T {
    const all = options.map((one): Worded<T> => (isClaiming(one) ? one : { words: one, claims: [] }));
    const fit = all.filter(({ claims }) => claims.every((claim) => this.isTrue(claim)));
    const { words, claims } = fit[this.number(slot) % fit.length] ?? { words: options[0], claims: [] };
    this.declare(...placed, ...claims);
    return words;
  }

  /**
   * Chooses of wordings that rest on the mood that leads: a figure of speech, or that it is ahead of everything, only where it
   * carries that, has more than what is not known, and is of more than one track.
   * @param plain - what says no more than that it leads among the known.
   */
  lean<T extends Wording>(slot: string, options: Wordings<T>, plain: T, ...placed: readonly Statement[]): T {
    const resting = [carries, aheadOfUnknown, severalTracks];
    if (resting.every((claim) => this.isTrue(claim))) return this.pick(slot, options, ...placed, ...resting);
    this.declare(...placed);
    return plain;
  }

  isTrue(statement: Statement): boolean {
    return isTrueOf(this.facts, statement);
  }

  /** Keeps what a wording claims that was not drawn. */
  declare(...statements: readonly Statement[]): void {
    this.said.push(...statements);
  }

  /** The items in an order of this seed's own. */
  shuffled<T>(slot: string, items: readonly T[]): T[] {
    const keyed = items.map((item, index) => [this.number(`${slot}/${index}`), item] as const);
    return keyed.sort(([left], [right]) => left - right).map(([, item]) => item);
  }

  private number(slot: string): number {
    return createHash('sha256').update(`${this.seed}\n${slot}`).digest().readUInt32BE(0);
  }
}

interface Worded<T> {
  readonly words: T;
  readonly claims: readonly Statement[];
}

const isClaiming = <T extends Wording>(one: T | Claiming<T>): one is Claiming<T> => typeof one === 'object';
