import { createHash } from 'node:crypto';
import { IdempotencyMismatch } from '@undertone/platform/jobs/request-job';
import type { Logger } from '@undertone/platform/logging/logger';
import type { Redis } from 'ioredis';

const DAY_SECONDS = 24 * 60 * 60;

/**
 * What each `Idempotency-Key` was first used for, on writes that are the same when repeated but are no jobs (a job's
 * key is kept by the log). Only a hash is kept, for a day; without Redis a key is not checked, and the write is
 * still made once.
 */
export class WriteKeys {
  constructor(
    private readonly redis: Redis,
    private readonly log: Logger,
  ) {}

  /**
   * @param caller whose key it is: two people may well use the same one.
   * @throws {IdempotencyMismatch} the key was used with another request.
   */
  async claim(route: string, caller: string, key: string | undefined, input: unknown): Promise<void> {
    if (key === undefined) return;
    const use = hash(`${key}\u0000${JSON.stringify(input)}`);
    const earlier = await this.redis
      .set(`idempotency:${route}:${hash(`${caller}\u0000${key}`)}`, use, 'EX', DAY_SECONDS, 'NX', 'GET')
      .catch((error: unknown) => {
        this.log.warn({ err: error, route }, 'idempotency key not checked');
        return null;
      });
    if (earlier !== null && earlier !== use) throw new IdempotencyMismatch();
  }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');
