import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from '../logging/logger.js';
import { ANSWER_MS, inTime, NoAnswerInTime } from './in-time.js';

/** Pause between two PINGs while Redis answers with errors: it is loading its data, or a script runs for long. */
const PROBE_PAUSE_MS = 1_000;

/** There is no connection to Redis, or it stopped answering; the command was not sent. */
export class RedisUnavailable extends Error {
  constructor() {
    super('Redis is unavailable');
    this.name = 'RedisUnavailable';
  }
}

/**
 * How a process sends commands to Redis: with a deadline for each answer, and a circuit breaker for the connection.
 *
 * A Redis that hangs keeps its connections open, so every command would run into its deadline. The first one that does
 * opens the breaker for all who share the connection, and no command is sent until a PING is answered in time. The PING is
 * sent at once, and there is only one at a time: Redis answers it as soon as it answers anything.
 *
 * Commands that were sent before Redis hung may run when it wakes up, long after the caller gave up. Every command must
 * therefore be safe to run late, and safe to run without its answer being read.
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
    // Redis has answered the handshake of a new connection.
    redis.on('ready', () => this.close());
  }

  get isUp(): boolean {
    return !this.isOpen && this.redis.status === 'ready';
  }

  /** Calls the listener each time commands may be sent again, before any is sent. */
  onUp(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * Sends what `question` sends, and waits for the answer.
   * @throws {RedisUnavailable} nothing was sent.
   * @throws {NoAnswerInTime} it was sent, and may run.
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

  /** Ends the connection, after the answers to what was sent: a process that stops has just dropped what it made wrong. */
  async disconnect(): Promise<void> {
    if (this.isUp) await inTime(this.redis.quit(), this.answerMs).catch(() => undefined);
    this.redis.disconnect();
  }

  private open(): void {
    if (this.isOpen || this.redis.status !== 'ready') return;
    this.isOpen = true;
    this.log.warn(
      { answer_ms: this.answerMs },
      'Redis stopped answering; no commands are sent until it answers again',
    );
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
        // The next connection closes the breaker.
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
