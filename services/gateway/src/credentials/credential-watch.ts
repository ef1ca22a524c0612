import type { Logger } from '@undertone/platform/logging/logger';
import type { Credential } from '../callers/authenticate.js';
import type { Revocations } from './revocations.js';

const EVERY_MS = 250;

/**
 * Watches the credentials of requests that stay open: an event stream ends when its credential does. One look for all of them,
 * four times a second, however many there are.
 */
export class CredentialWatch {
  private readonly watched = new Map<string, Set<AbortController>>();
  private timer: NodeJS.Timeout | undefined;

  /** @param revocations absent: in open mode, where there are no credentials. */
  constructor(
    private readonly log: Logger,
    private readonly revocations?: Revocations,
  ) {}

  /** @returns a signal that aborts when the credential ends, and what to call when the request is over. */
  watch(credential: Credential | undefined): { signal: AbortSignal; stop: () => void } {
    const over = new AbortController();
    if (!credential) return { signal: over.signal, stop: () => undefined };
    const { id, endsAt } = credential;
    const all = this.watched.get(id) ?? new Set();
    this.watched.set(id, all.add(over));
    const ends = setTimeout(() => over.abort(), Math.min((endsAt ?? Infinity) - Date.now(), 2 ** 31 - 1));
    this.timer ??= setTimeout(() => void this.look(), EVERY_MS).unref();
    const stop = () => {
      clearTimeout(ends);
      all.delete(over);
      if (all.size === 0 && this.watched.get(id) === all) this.watched.delete(id);
    };
    return { signal: over.signal, stop };
  }

  private async look(): Promise<void> {
    try {
      const over = await this.revocations?.among([...this.watched.keys()]);
      for (const id of over ?? []) for (const one of this.watched.get(id) ?? []) one.abort();
    } catch (error) {
      // Neither Redis nor identity can tell: what was let in stays until one of them does.
      this.log.warn({ err: error }, 'whether open streams may go on cannot be told');
    }
    this.timer = this.watched.size > 0 ? setTimeout(() => void this.look(), EVERY_MS).unref() : undefined;
  }
}
