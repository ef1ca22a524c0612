import { setTimeout as sleep } from 'node:timers/promises';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from '../logging/logger.js';

/**
 * What a service does again and again from its start until it stops, with a pause after each time. A time that fails is
 * said, and the next one comes all the same; a stop waits for the one in hand.
 */
export abstract class Repeated implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopped = new AbortController();
  private running: Promise<void> = Promise.resolve();

  /**
   * @param failure what is logged when a time fails.
   * @param pauseMs until the next time after a failure, in milliseconds.
   */
  constructor(
    protected readonly log: Logger,
    private readonly failure: string,
    private readonly pauseMs: number,
  ) {}

  /** Does it once. @returns milliseconds until the next time. */
  protected abstract once(): Promise<number>;

  /** Aborted when the service stops. */
  protected get signal(): AbortSignal {
    return this.stopped.signal;
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.signal.aborted) {
      const pause = await this.once().catch((error: unknown) => {
        if (!this.signal.aborted) this.log.warn({ err: error }, this.failure);
        return this.pauseMs;
      });
      await sleep(pause, undefined, { signal: this.signal, ref: false }).catch(() => undefined);
    }
  }
}
