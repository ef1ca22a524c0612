import { createHash } from 'node:crypto';

/** At least something to choose from. */
export type Options<T> = readonly [T, ...T[]];

/** Chooses wordings: the same seed and slot always the same one, whatever else was drawn before. */
export class Draw {
  constructor(private readonly seed: string) {}

  /** @param slot - what the choice is for; two slots choose independently of each other. */
  pick<T>(slot: string, options: Options<T>): T {
    return options[this.number(slot) % options.length] ?? options[0];
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
