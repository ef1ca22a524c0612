import { Redis, ReplyError } from 'ioredis';
import type { z } from 'zod';
import type { Logger } from '../logging/logger.js';
import { inTime } from './in-time.js';

/**
 * Read models in Redis. A group (`v1:snapshots:<user>`) is a hash of answers that become wrong together; whoever
 * changes what they show drops the group.
 *
 * A reader that fills a group must not put back what was dropped while it read: the group's generation, read
 * before Postgres is, must still be the same when the answer is written.
 *
 * Redis down means slower, never wrong and never an error: reads miss, writes are left out, and the groups that were
 * to be dropped are remembered, each once, and dropped before anything is read again. Whatever slips through lives as
 * long as its time to live.
 */
export class ReadCache {
  private readonly flights = new Map<string, Promise<unknown>>();
  /** Groups whose drop could not be sent. */
  private readonly undropped = new Set<string>();

  constructor(
    private readonly redis: Redis,
    private readonly log: Logger,
  ) {
    redis.on('ready', () => this.canAsk());
  }

  /** What is cached, or `undefined`. */
  async read<T>(group: string, field: string, schema: z.ZodType<T>): Promise<T | undefined> {
    if (!this.canAsk()) return undefined;
    try {
      const text = await inTime(this.redis.hget(group, field));
      if (text === null) return undefined;
      const parsed = schema.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : undefined;
    } catch (error) {
      this.log.warn({ err: error, group }, 'cache not readable');
      return undefined;
    }
  }

  /**
   * What is cached, or what `load` gives, which is then cached. Of many callers with the same question in this
   * process, one loads.
   * @param seconds time to live of the group; a backstop only.
   */
  async readThrough<T>(
    group: string,
    field: string,
    schema: z.ZodType<T>,
    seconds: number,
    load: () => Promise<T>,
  ): Promise<T> {
    const cached = await this.read(group, field, schema);
    if (cached !== undefined) return cached;
    const generation = await this.generation(group);
    // Who comes after a drop must not be given what was loaded before it, so the generation is part of the question.
    const key = `${group} ${field} ${generation}`;
    const flying = this.flights.get(key);
    if (flying) return flying as Promise<T>;
    const flight = this.fill(group, field, generation, seconds, load).finally(() => this.flights.delete(key));
    this.flights.set(key, flight);
    return flight;
  }

  private async fill<T>(
    group: string,
    field: string,
    generation: string | undefined,
    seconds: number,
    load: () => Promise<T>,
  ): Promise<T> {
    const value = await load();
    if (generation !== undefined && this.canAsk()) {
      const filled = this.redis.eval(
        FILL,
        2,
        group,
        generationKey(group),
        generation,
        field,
        JSON.stringify(value),
        seconds,
      );
      await inTime(filled).catch((error: unknown) =>
        this.log.warn({ err: error, group }, 'cache not writable'),
      );
    }
    return value;
  }

  private async generation(group: string): Promise<string | undefined> {
    if (!this.canAsk()) return undefined;
    return inTime(this.redis.get(generationKey(group)))
      .then((value) => value ?? '0')
      .catch(() => undefined);
  }

  /** Overwrites one answer: for what is written through after a commit. While Redis is away it does nothing. */
  write(group: string, field: string, value: unknown, seconds: number): void {
    if (!this.isUp) return;
    this.redis
      .multi()
      .hset(group, field, JSON.stringify(value))
      .expire(group, seconds)
      .exec()
      .catch((error: unknown) => this.log.warn({ err: error, group }, 'cache not written'));
  }

  /** Drops a group, and the answers that readers are just about to put into it. */
  drop(group: string): void {
    if (this.isUp) this.sendDrop(group);
    else this.undropped.add(group);
  }

  get isUp(): boolean {
    return this.redis.status === 'ready';
  }

  // What was to be dropped while Redis was away is sent first: on the one connection, what is asked next comes after it.
  private canAsk(): boolean {
    if (!this.isUp) return false;
    const groups = [...this.undropped];
    this.undropped.clear();
    for (const group of groups) this.sendDrop(group);
    return true;
  }

  private sendDrop(group: string): void {
    this.redis
      .multi()
      .incr(generationKey(group))
      .expire(generationKey(group), GENERATION_SECONDS)
      .del(group)
      .exec()
      .catch((error: unknown) => {
        this.log.warn({ err: error, group }, 'cache not dropped');
        // What Redis itself refuses it would refuse again.
        if (!(error instanceof ReplyError)) this.undropped.add(group);
      });
  }
}

/** Longer than any read takes. */
const GENERATION_SECONDS = 3_600;
const generationKey = (group: string): string => `${group}:generation`;

const FILL = `
if (redis.call('get', KEYS[2]) or '0') ~= ARGV[1] then return 0 end
redis.call('hset', KEYS[1], ARGV[2], ARGV[3])
redis.call('expire', KEYS[1], ARGV[4])
return 1`;

/** Connects to Redis and stays connected; what cannot be asked now is not waited for (see `ReadCache`). */
export function connectRedis(url: string, prefix: string, log: Logger): Redis {
  const redis = new Redis(url, {
    keyPrefix: prefix,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 200, 2_000),
  });
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down) log.warn({ err: error }, 'Redis is gone, connecting again');
    down = true;
  });
  redis.on('ready', () => {
    if (down) log.info('Redis is back');
    down = false;
  });
  return redis;
}
