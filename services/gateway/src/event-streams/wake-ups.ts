import type { NatsConnection, Subscription } from '@nats-io/transport-node';

/** Messages that wake may be lost on the way. */
export const FIRST_LOOK_MS = 10_000;
const SOON_MS = 100;

/**
 * How long to wait for the next look, after having waited so long. A stream tells listeners of a message before it can be read, so
 * whoever was woken looks again soon, and then less and less often, whatever the first look found: that may have been the one before.
 */
export const nextLook = (waitedMs: number, wasWoken: boolean): number =>
  wasWoken ? SOON_MS : Math.min(2 * waitedMs, FIRST_LOOK_MS);

/**
 * Tells that something happened under a subject, and no more: messages may be lost on the way, so whoever is woken reads
 * what became of it where it is kept, and looks there now and then without being woken.
 */
export class WakeUps {
  private readonly subscription: Subscription;
  private happened = false;
  private wake: (() => void) | undefined;

  constructor(nats: NatsConnection, subject: string) {
    this.subscription = nats.subscribe(subject, {
      callback: () => {
        this.happened = true;
        this.wake?.();
      },
    });
  }

  /**
   * Resolves when something has happened since the last call, when `ms` are over, or when the signal aborts.
   * @returns whether something happened.
   */
  async next(ms: number, signal: AbortSignal): Promise<boolean> {
    if (!this.happened && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          this.wake = undefined;
          resolve();
        };
        const timer = setTimeout(end, ms);
        signal.addEventListener('abort', end, { once: true });
        this.wake = end;
      });
    }
    const { happened } = this;
    this.happened = false;
    return happened;
  }

  close(): void {
    this.subscription.unsubscribe();
  }
}
