import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { LogUnavailable } from '../event-store/event-store.js';
import type { Logger } from '../logging/logger.js';

export interface HealingSweepOptions<Row> {
  /** What is completed, in the words of the log: `registration`. */
  readonly what: string;
  readonly log: Logger;
  /** Rows whose event was not confirmed, in the order of their keys, after a key. */
  unfinished(after: string | undefined, limit: number): Promise<readonly Row[]>;
  /** The rows' order; the user whose row it is, unless `userOf` says. */
  keyOf(row: Row): string;
  userOf?(row: Row): string;
  /** Rows become unfinished with time: finishing one is nothing to warn of. */
  readonly isRoutine?: true;
  /** Appends the row's event, unless the log has it, and marks the row. */
  finish(row: Row): Promise<unknown>;
}

const BATCH = 100;
const PAUSE_MS = 60_000;

/**
 * Secrets and personal data are rows that no event could rebuild, and each row is followed by an event that says that
 * it is there. This appends the events that are missing: the process died between the two, or the log was away. It
 * runs when the service starts and once a minute.
 */
export class HealingSweep<Row> implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(private readonly options: HealingSweepOptions<Row>) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private run(): Promise<void> {
    const { log, what } = this.options;
    this.running = this.heal()
      .catch((error: unknown) => log.error({ err: error }, `a ${what} could not be completed now`))
      .finally(() => {
        if (!this.stopping) this.timer = setTimeout(() => void this.run(), PAUSE_MS);
      });
    return this.running;
  }

  private async heal(): Promise<void> {
    const { log, what, isRoutine, unfinished, keyOf, userOf = keyOf, finish } = this.options;
    for (let after: string | undefined; !this.stopping; ) {
      const rows = await unfinished(after, BATCH);
      for (const row of rows) {
        if (this.stopping) return;
        after = keyOf(row);
        try {
          await finish(row);
          if (!isRoutine) log.warn({ user_id: userOf(row) }, `a ${what} was completed late`);
        } catch (error) {
          // One bad row must not hold up the others; a log that is away holds up all.
          if (error instanceof LogUnavailable) throw error;
          log.error({ err: error, user_id: userOf(row) }, `a ${what} could not be completed`);
        }
      }
      if (rows.length < BATCH) return;
    }
  }
}
