import { createHash } from 'node:crypto';
import { IdempotencyMismatch } from '@undertone/platform/jobs/request-job';
import type { Logger } from '@undertone/platform/logging/logger';
import type { Redis } from 'ioredis';

const DAY_SECONDS = 24 * 60 * 60;
/** Appended to a use when its write was done. */
const DONE = '.done';

/** A request that writes, and what it may be repeated by. */
export interface KeyedWrite {
  readonly route: string;
  /** Whose key it is: two people may well use the same one. */
  readonly caller: string;
  readonly key: string | undefined;
  readonly input: unknown;
}

/**
 * What each `Idempotency-Key` was first used for, on writes that are no jobs (a job's key is kept by the log), and
 * whether that was done. Only a hash is kept, for a day; without Redis a key is not checked, and the write is made
 * again.
 */
export class WriteKeys {
  constructor(
    private readonly redis: Redis,
    private readonly log: Logger,
  ) {}

  /**
   * For a write that the service which makes it does once for its key.
   * @throws {IdempotencyMismatch} the key was used with another request.
   */
  async claim(route: string, caller: string, key: string | undefined, input: unknown): Promise<void> {
    await this.once({ route, caller, key, input }, async () => undefined);
  }

  /**
   * Makes a write once for its key. One that was broken off is made again.
   * @param again what answers in its place when the write was done before.
   * @throws {IdempotencyMismatch} the key was used with another request.
   */
  async once<T>(write: KeyedWrite, make: () => Promise<T>, again: () => Promise<T> = make): Promise<T> {
    const { route, caller, key, input } = write;
    if (key === undefined) return make();
    const name = `idempotency:${route}:${hash(`${caller}\u0000${key}`)}`;
    const use = hash(`${key}\u0000${JSON.stringify(input)}`);
    const earlier = await this.ask(route, () => this.redis.set(name, use, 'EX', DAY_SECONDS, 'NX', 'GET'));
    if (earlier === `${use}${DONE}`) return again();
    if (earlier !== null && earlier !== use) throw new IdempotencyMismatch();
    const made = await make();
    await this.ask(route, () => this.redis.set(name, `${use}${DONE}`, 'EX', DAY_SECONDS, 'XX'));
    return made;
  }

  /**
   * Makes a write once for its key, and gives the same answer when it is repeated. The answer is kept for a day, so it must
   * hold nothing of people.
   * @throws {IdempotencyMismatch} the key was used with another request.
   */
  async sameAnswer<T>({ route, caller, key, input }: KeyedWrite, make: () => Promise<T>): Promise<T> {
    if (key === undefined) return make();
    const name = `idempotency-answer:${route}:${hash(`${caller}\u0000${key}`)}`;
    const use = hash(`${key}\u0000${JSON.stringify(input)}`);
    const earlier = await this.ask(route, () => this.redis.set(name, use, 'EX', DAY_SECONDS, 'NX', 'GET'));
    if (earlier?.startsWith(`${use} `)) return JSON.parse(earlier.slice(use.length)) as T;
    if (earlier !== null && earlier !== use) throw new IdempotencyMismatch();
    const answer = await make();
    const kept = `${use} ${JSON.stringify(answer)}`;
    await this.ask(route, () => this.redis.set(name, kept, 'EX', DAY_SECONDS, 'XX'));
    return answer;
  }

  private async ask(route: string, question: () => Promise<string | null>): Promise<string | null> {
    try {
      return await question();
    } catch (error) {
      this.log.warn({ err: error, route }, 'idempotency key not checked');
      return null;
    }
  }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');
