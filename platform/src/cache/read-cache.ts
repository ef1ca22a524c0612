import { randomUUID } from 'node:crypto';
import { Redis, ReplyError } from 'ioredis';
import type { z } from 'zod';
import type { Logger } from '../logging/logger.js';
import { ANSWER_MS, inTime } from './in-time.js';

const WRITE_NEWER = `
  local there = redis.call('hget', KEYS[1], 'version:' .. ARGV[1])
  if there and tonumber(there) > tonumber(ARGV[4]) then return 0 end
  redis.call('hset', KEYS[1], ARGV[1], ARGV[2], 'version:' .. ARGV[1], ARGV[4])
  return redis.call('expire', KEYS[1], ARGV[3])`;

/**
 * Read models in Redis. A group (`v1:snapshots:<user>`) is a hash of answers that become wrong together; whoever
 * changes what they show drops the group.
 *
 * A reader that fills a group must not put back what was dropped while it read: the group's generation, read
 * before Postgres is, must still be the same when the answer is written.
 *
 * Groups that become wrong all at the same moment share an epoch, a key whose value is stored with each answer: answers of
 * another epoch than the present one are not read. Who is about to make them wrong closes the epoch, and while it is
 * closed nobody reads, fills or shares an answer; afterwards it is opened with a new value.
 *
 * Redis down means slower, never wrong and never an error: reads miss, writes are left out, and the groups that were
 * to be dropped are remembered, each once, and dropped before anything is read again. Whatever slips through lives as
 * long as its time to live.
 */
export class ReadCache {
  private readonly flights = new Map<string, Promise<unknown>>();
  /** Groups whose drop could not be sent. */
  private readonly undropped = new Set<string>();

  /** @param answerMs after which Redis counts as away, in milliseconds. */
  constructor(
    private readonly redis: Redis,
    private readonly log: Logger,
    private readonly answerMs = ANSWER_MS,
  ) {
    redis.on('ready', () => this.canAsk());
  }

  /**
   * What is cached, or `undefined`.
   * @param epochKey of the epoch that the group is in, where it is in one.
   */
  async read<T>(
    group: string,
    field: string,
    schema: z.ZodType<T>,
    epochKey?: string,
  ): Promise<T | undefined> {
    return (await this.lookUp(group, field, schema, epochKey)).value;
  }

  private async lookUp<T>(
    group: string,
    field: string,
    schema: z.ZodType<T>,
    epochKey: string | undefined,
  ): Promise<{ readonly value?: T; readonly epoch?: string }> {
    if (!this.canAsk()) return {};
    try {
      const asked = epochKey === undefined ? Promise.resolve('') : this.redis.get(epochKey);
      // On the one connection the epoch is read before the answer is, in one round trip.
      const [epoch, text] = await inTime(Promise.all([asked, this.redis.hget(group, field)]), this.answerMs);
      if (epoch?.startsWith(CLOSED)) return {};
      const present = { epoch: epoch ?? '' };
      if (text === null) return present;
      const stored: unknown = JSON.parse(text);
      const parsed =
        epochKey === undefined ? schema.safeParse(stored) : ofEpoch(stored, present.epoch, schema);
      return parsed?.success ? { ...present, value: parsed.data } : present;
    } catch (error) {
      this.log.warn({ err: error, group }, 'cache not readable');
      return {};
    }
  }

  /**
   * What is cached, or what `load` gives, which is then cached. Of many callers with the same question in this
   * process, one loads.
   * @param seconds time to live of the group; a backstop only.
   * @param epochKey of the epoch that the group is in, where it is in one.
   */
  async readThrough<T>(
    group: string,
    field: string,
    schema: z.ZodType<T>,
    seconds: number,
    load: () => Promise<T>,
    epochKey?: string,
  ): Promise<T> {
    const { value, epoch } = await this.lookUp(group, field, schema, epochKey);
    if (value !== undefined) return value;
    // What others began to load may be of before the moment that this caller knows of.
    if (epochKey !== undefined && epoch === undefined) return load();
    const generation = await this.generation(group);
    // Who comes after a drop must not be given what was loaded before it, so the generation is part of the question.
    const key = `${group} ${field} ${generation} ${epoch}`;
    const flying = this.flights.get(key);
    if (flying) return flying as Promise<T>;
    const stored = (loaded: T) => (epochKey === undefined ? loaded : { epoch, answer: loaded });
    const flight = this.fill(group, field, generation, seconds, load, stored).finally(() =>
      this.flights.delete(key),
    );
    this.flights.set(key, flight);
    return flight;
  }

  private async fill<T>(
    group: string,
    field: string,
    generation: string | undefined,
    seconds: number,
    load: () => Promise<T>,
    stored: (value: T) => unknown,
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
        JSON.stringify(stored(value)),
        seconds,
      );
      await inTime(filled, this.answerMs).catch((error: unknown) =>
        this.log.warn({ err: error, group }, 'cache not writable'),
      );
    }
    return value;
  }

  private async generation(group: string): Promise<string | undefined> {
    if (!this.canAsk()) return undefined;
    return inTime(this.redis.get(generationKey(group)), this.answerMs)
      .then((value) => value ?? '0')
      .catch(() => undefined);
  }

  /**
   * Overwrites one answer: for what is written through after a commit. While Redis is away it does nothing.
   * @param version of what is written, where it has one: what is there of a later version stays, because a process may
   * have been frozen between its commit and this.
   */
  write(group: string, field: string, value: unknown, seconds: number, version?: number): void {
    if (!this.isUp) return;
    if (version !== undefined) {
      this.redis
        .eval(WRITE_NEWER, 1, group, field, JSON.stringify(value), seconds, version)
        .catch((error: unknown) => this.log.warn({ err: error, group }, 'cache not written'));
      return;
    }
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

  /**
   * From now until it is opened no answer of the epoch is read or filled, in any process.
   * @param closer names who closes it: only with the same name is it opened again.
   * @throws {CacheUnavailable} Redis did not confirm it, so answers may still be read.
   */
  async closeEpoch(epochKey: string, closer: string): Promise<void> {
    try {
      if (!this.canAsk()) throw new Error('Redis is away');
      await inTime(this.redis.set(epochKey, `${CLOSED}${closer}`, 'EX', CLOSED_SECONDS), this.answerMs);
    } catch (error) {
      throw new CacheUnavailable(error);
    }
  }

  /**
   * Answers are read and filled again, and none from before, unless somebody else closed the epoch meanwhile. Where
   * that fails it happens by itself after a time.
   */
  openEpoch(epochKey: string, closer: string): void {
    if (!this.isUp) return;
    this.redis
      .eval(OPEN, 1, epochKey, `${CLOSED}${closer}`, randomUUID())
      .catch((error: unknown) => this.log.warn({ err: error, epochKey }, 'cache epoch not opened'));
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

/** Redis did not confirm what must be known to all before something may go on. */
export class CacheUnavailable extends Error {
  readonly code = 'CACHE_UNAVAILABLE';
  constructor(cause: unknown) {
    super('the cache did not confirm in time', { cause });
    this.name = 'CacheUnavailable';
  }
}

const CLOSED = 'closed by ';
/** Longer than any answer lives, so that none from before is left when it ends by itself. */
const CLOSED_SECONDS = 300;

function ofEpoch<T>(stored: unknown, epoch: string, schema: z.ZodType<T>) {
  const { epoch: writtenIn, answer } = Object(stored) as { epoch?: unknown; answer?: unknown };
  return writtenIn === epoch ? schema.safeParse(answer) : undefined;
}

/** Longer than any read takes. */
const GENERATION_SECONDS = 3_600;
const generationKey = (group: string): string => `${group}:generation`;

const FILL = `
if (redis.call('get', KEYS[2]) or '0') ~= ARGV[1] then return 0 end
redis.call('hset', KEYS[1], ARGV[2], ARGV[3])
redis.call('expire', KEYS[1], ARGV[4])
return 1`;

const OPEN = `
if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('set', KEYS[1], ARGV[2]) end`;

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
