import { setTimeout as sleep } from 'node:timers/promises';
import { type Redis, ReplyError } from 'ioredis';
import type { Logger } from '../logging/logger.js';
import { ANSWER_MS, inTime, NoAnswerInTime } from './in-time.js';

/** Pause between two PINGs while Redis answers with errors: it is loading its data, or a script runs for long. */
const PROBE_PAUSE_MS = 1_000;

/** There is no connection to Redis, or it stopped answering. A command was not sent, or its connection ended before the answer. */
export class RedisUnavailable extends Error {
  constructor() {
    super('Redis is unavailable');
    this.name = 'RedisUnavailable';
  }
}

/** Redis answered a command with an error: its user may not do that, its memory is full, it is a replica. */
export class RedisRefused extends Error {
  /** The first word of the answer, such as `NOPERM`. */
  readonly reason: string;

  /** @param answer without the command that the client hangs on it, which has keys and values in it. */
  constructor({ message }: Error) {
    const [reason = ''] = message.split(' ', 1);
    super(`Redis refuses: ${message}${reason === 'NOPERM' ? WRONG_USERS : ''}`);
    this.name = 'RedisRefused';
    this.reason = reason;
  }
}

const WRONG_USERS =
  ' (its users are of another REDIS_PREFIX or another release: they are made by deploy/keys.mjs, and read when Redis starts)';

/** Whether a command failed for a reason of Redis, and not for a mistake of ours: whoever can goes on without it. */
export const isRedisFault = (error: unknown): boolean =>
  error instanceof RedisUnavailable || error instanceof RedisRefused || error instanceof NoAnswerInTime;

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
  /** What it refused on this connection: a reason is logged once. */
  private readonly refused = new Set<string>();
  private readonly listeners: (() => void)[] = [];

  /** @param answerMs deadline of each answer, in milliseconds. */
  constructor(
    readonly redis: Redis,
    private readonly log: Logger,
    private readonly answerMs = ANSWER_MS,
  ) {
    // Redis has answered the handshake of a new connection.
    redis.on('ready', () => {
      this.refused.clear();
      this.close();
    });
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
   * @throws {RedisUnavailable} nothing was sent, or the connection ended before the answer.
   * @throws {NoAnswerInTime} it was sent, and may run.
   * @throws {RedisRefused} Redis answered with an error.
   */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.isUp) throw new RedisUnavailable();
    try {
      return await inTime(question(this.redis), this.answerMs);
    } catch (error) {
      if (error instanceof NoAnswerInTime) this.open();
      if (error instanceof ReplyError) throw this.refusal(error as Error);
      throw isLostConnection(error) ? new RedisUnavailable() : error;
    }
  }

  private refusal(answer: Error): RedisRefused {
    const refusal = new RedisRefused(answer);
    if (!this.refused.has(refusal.reason)) this.log.error({ reason: refusal.reason }, refusal.message);
    this.refused.add(refusal.reason);
    return refusal;
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

/** What the client says of commands that were under way when their connection ended, or of one that came just after. */
const isLostConnection = (error: unknown): boolean =>
  error instanceof Error &&
  (['AbortError', 'MaxRetriesPerRequestError'].includes(error.name) ||
    /^(Connection is closed|Stream isn't writeable)/.test(error.message));
