/** The time a simulator lives in: the machine's own, or one that stands still until it is moved. */
export class SimulatedClock {
  #standing: number | undefined;

  constructor(standing?: Date) {
    this.#standing = standing?.getTime();
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#standing ?? Date.now();
  }

  /** Stops the clock at a moment. */
  set(moment: Date): void {
    this.#standing = moment.getTime();
  }

  /** Moves the clock by so many milliseconds and leaves it standing there. */
  advance(milliseconds: number): void {
    this.#standing = this.now() + milliseconds;
  }

  /** Goes back to the machine's time. */
  followReal(): void {
    this.#standing = undefined;
  }

  /** Whether the clock stands still. */
  get standing(): boolean {
    return this.#standing !== undefined;
  }
}
