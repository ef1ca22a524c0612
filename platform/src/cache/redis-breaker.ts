import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from '../logging/logger.js';
import { ANSWER_MS, inTime, NoAnswerInTime } from './in-time.js';

/** Between two PINGs, where Redis answers with an error: it loads its data, or a script runs for long. */
const PROBE_PAUSE_MS = 1_000;

/** Redis is not asked now: there is no connection, or it stopped answering. */
export class RedisUnavailable extends Error {
  constructor() {
    super('Redis is unavailable');
    this.name = 'RedisUnavailable';
  }
}

/**
 * The one way in which a process asks Redis: a deadline for each answer, and a circuit breaker for the connection.
 *
 * A Redis that hangs keeps its connections, so each question would wait for its deadline in vain. The first one that
 * does opens the breaker for everybody who shares it, and nothing is asked any more until a PING is answered in time.
 * One PING is under way at a time, and it is sent at once: Redis answers it as soon as it answers anything.
 *
 * What was sent to a Redis that hangs may be done when it wakes up, however long after the caller gave up. Whatever is
 * asked here must therefore be harmless when it is done late, or done without anybody knowing.
 */
export class RedisBreaker {
  private isOpen = false;
  private isProbing = false;
  private readonly listeners: (() => void)[] = [];

  /** @param answerMs deadline of each answer, in milliseconds. */
  constructor(
    readonly redis: Redis,
    private readonly log: Logger,
    private readonly answerMs = ANSWER_MS,
  ) {
    // A new connection has been answered already.
    redis.on('ready', () => this.close());
  }

  get isUp(): boolean {
    return !this.isOpen && this.redis.status === 'ready';
  }

  /** Calls back each time that Redis may be asked again, before anybody asks. */
  onUp(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * @throws {RedisUnavailable} nothing was asked.
   * @throws {NoAnswerInTime} it was asked, and may be done.
   */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.isUp) throw new RedisUnavailable();
    try {
      return await inTime(question(this.redis), this.answerMs);
    } catch (error) {
      if (error instanceof NoAnswerInTime) this.open();
      throw error;
    }
  }

  private open(): void {
    if (this.isOpen || this.redis.status !== 'ready') return;
    this.isOpen = true;
    this.log.warn({ answer_ms: this.answerMs }, 'Redis stopped answering and is not asked until it does');
    if (!this.isProbing) void this.probe();
  }

  private async probe(): Promise<void> {
    this.isProbing = true;
    while (this.isOpen) {
      const sentAt = performance.now();
      try {
        await this.redis.ping();
        if (performance.now() - sentAt <= this.answerMs) this.close();
      } catch {
        // Without a connection the next one closes the breaker.
        if (this.redis.status !== 'ready') break;
        await sleep(PROBE_PAUSE_MS, undefined, { ref: false });
      }
    }
    this.isProbing = false;
  }

  private close(): void {
    if (this.isOpen) this.log.info('Redis answers again');
    this.isOpen = false;
    for (const listener of this.listeners) listener();
  }
}
