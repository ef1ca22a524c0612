import type { NatsConnection, Subscription } from '@nats-io/transport-node';

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
