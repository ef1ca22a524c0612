import { createHash } from 'node:crypto';
import type { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
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

/** A write whose key was claimed. */
interface Begun {
  readonly done: string;
  /** Notes what it ended with. */
  end(done: string): Promise<unknown>;
}

/**
 * What each `Idempotency-Key` was first used for, on writes that are no jobs (a job's key is kept by the log), and
 * whether that was done. Only a hash is kept, for a day; without Redis a key is not checked, and the write is made
 * again.
 */
export class WriteKeys {
  constructor(
    private readonly redis: RedisBreaker,
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
    const begun = await this.begin('idempotency', write);
    if (begun?.done) return again();
    const made = await make();
    await begun?.end(DONE);
    return made;
  }

  /**
   * Makes a write once for its key, and gives the same answer when it is repeated. The answer is kept for a day, so it must
   * hold nothing of people.
   * @throws {IdempotencyMismatch} the key was used with another request.
   */
  async sameAnswer<T>(write: KeyedWrite, make: () => Promise<T>): Promise<T> {
    const begun = await this.begin('idempotency-answer', write);
    if (begun?.done) return JSON.parse(begun.done) as T;
    const answer = await make();
    await begun?.end(JSON.stringify(answer));
    return answer;
  }

  /** Claims the key; `done` is what its write ended with, empty where it was not made to its end. */
  private async begin(kind: string, { route, caller, key, input }: KeyedWrite): Promise<Begun | undefined> {
    if (key === undefined) return undefined;
    const name = `${kind}:${route}:${hash(`${caller}\u0000${key}`)}`;
    const use = hash(`${key}\u0000${JSON.stringify(input)}`);
    const earlier = await this.ask(route, (redis) => redis.set(name, use, 'EX', DAY_SECONDS, 'NX', 'GET'));
    if (earlier !== null && !earlier.startsWith(use)) throw new IdempotencyMismatch();
    return {
      done: earlier?.slice(use.length) ?? '',
      end: (done) => this.ask(route, (redis) => redis.set(name, use + done, 'EX', DAY_SECONDS, 'XX')),
    };
  }

  private async ask(
    route: string,
    question: (redis: Redis) => Promise<string | null>,
  ): Promise<string | null> {
    try {
      return await this.redis.ask(question);
    } catch (error) {
      this.log.warn({ err: error, route }, 'idempotency key not checked');
      return null;
    }
  }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');
