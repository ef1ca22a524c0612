import type { Logger } from '@undertone/platform/logging/logger';
import type { Credential } from '../callers/authenticate.js';
import type { Revocations } from './revocations.js';

const EVERY_MS = 250;

/**
 * Watches the credentials of requests that stay open: an event stream ends when its credential does. One look for all of them,
 * four times a second, however many there are.
 */
export class CredentialWatch {
  private readonly watched = new Map<string, Set<Watched>>();
  private timer: NodeJS.Timeout | undefined;

  /** @param revocations absent: in open mode, where there are no credentials. */
  constructor(
    private readonly log: Logger,
    private readonly revocations?: Pick<Revocations, 'among'>,
  ) {}

  /**
   * @param over is aborted when the credential ends; a request that has one of its own gives that, since each takes memory.
   * @returns its signal, and what to call when the request is over.
   */
  watch(
    credential: Credential | undefined,
    over = new AbortController(),
  ): { signal: AbortSignal; stop: () => void } {
    if (!credential) return { signal: over.signal, stop: () => undefined };
    const { id, endsAt = Infinity } = credential;
    const one = { over, endsAt };
    const all = this.watched.get(id) ?? new Set();
    this.watched.set(id, all.add(one));
    this.timer ??= setTimeout(() => void this.look(), EVERY_MS).unref();
    const stop = () => {
      all.delete(one);
      if (all.size === 0 && this.watched.get(id) === all) this.watched.delete(id);
    };
    return { signal: over.signal, stop };
  }

  private async look(): Promise<void> {
    // By the clock, and not by a timer for each: a timer for more than 25 days goes off at once.
    for (const { over, endsAt } of [...this.watched.values()].flatMap((all) => [...all])) {
      if (endsAt <= Date.now()) over.abort();
    }
    try {
      const ended = await this.revocations?.among([...this.watched.keys()]);
      for (const id of ended ?? []) for (const { over } of this.watched.get(id) ?? []) over.abort();
    } catch (error) {
      // Neither Redis nor identity can tell: what was let in stays until one of them does.
      this.log.warn({ err: error }, 'whether open streams may go on cannot be told');
    }
    this.timer = this.watched.size > 0 ? setTimeout(() => void this.look(), EVERY_MS).unref() : undefined;
  }
}

/** A request that stays open, and when its credential ends: Unix time in milliseconds. */
interface Watched {
  readonly over: AbortController;
  readonly endsAt: number;
}
