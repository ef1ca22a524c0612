const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** `free`: the model is not away; `probe`: the one call that asks whether it is back; a time: not before then. */
export type Entry = 'free' | 'probe' | Date;

/**
 * Whether one model is away, as this process found it: a circuit breaker for calls of the bulk lane. While it is open one
 * call at a time asks, at growing distance. A person's call is always made, so it may find the model gone or back as well.
 */
export class ModelOutage {
  private found = 0;
  private foundAt = 0;
  private until = 0;
  private isProbed = false;

  enter(now: number): Entry {
    if (this.found === 0) return 'free';
    if (this.isProbed) return new Date(now + this.pauseMs());
    if (now < this.until) return new Date(this.until);
    this.isProbed = true;
    return 'probe';
  }

  /** A call ended without word of the model; whoever was the probe makes room for the next one. */
  leave(entry: Entry, now: number): void {
    if (entry !== 'probe') return;
    this.isProbed = false;
    this.until = Math.max(this.until, now + this.pauseMs());
  }

  /**
   * A call found the model away. Only the first one, and probes, make the pause longer.
   * @returns when to ask again.
   */
  away(entry: Entry, now: number): Date {
    if (this.found === 0 || entry === 'probe') {
      this.found += 1;
      this.foundAt = now;
      this.until = now + this.pauseMs();
    }
    return new Date(this.until);
  }

  /** The server answered a call that began at that time. */
  back(startedAt: number): void {
    if (startedAt >= this.foundAt) this.found = 0;
  }

  /** When the next probe is made; null while the model is not away. */
  get resumeAt(): Date | null {
    return this.found === 0 ? null : new Date(this.until);
  }

  private pauseMs(): number {
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, this.found - 1));
  }
}
