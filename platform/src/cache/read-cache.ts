import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { z } from 'zod';
import type { Logger } from '../logging/logger.js';
import { type RedisSettings, tlsOptions } from '../settings/server-settings.js';
import { type RedisBreaker, RedisRefused } from './redis-breaker.js';

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
 *
 * Commands sent to a Redis that hangs may run when it wakes up, after later ones of other processes. A late fill then has a
 * generation that is over, a late write an older version, and a late drop only costs a load. The later version may be missing,
 * because it was left out while Redis hung: so a write without an answer is followed by a drop.
 */
export class ReadCache {
  private readonly flights = new Map<string, Promise<unknown>>();
  /** Groups to drop: their drop, or a write to them, could not be sent or has no answer. */
  private readonly undropped = new Set<string>();
  /** Epochs to renew, likewise. */
  private readonly unrenewed = new Set<string>();
  /** Drops and renewals that were sent and not answered yet. */
  private dropping = 0;

  constructor(
    private readonly redis: RedisBreaker,
    private readonly log: Logger,
  ) {
    redis.onUp(() => this.canAsk());
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
      // On the one connection the epoch is read before the answer is, in one round trip.
      const [epoch, text] = await this.redis.ask((redis) =>
        Promise.all([
          epochKey === undefined ? Promise.resolve('') : redis.get(epochKey),
          redis.hget(group, field),
        ]),
      );
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
    // Without Redis nobody knows whether something was committed since another caller began to load.
    if (generation === undefined) return load();
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
    generation: string,
    seconds: number,
    load: () => Promise<T>,
    stored: (value: T) => unknown,
  ): Promise<T> {
    const value = await load();
    if (!this.canAsk()) return value;
    const text = JSON.stringify(stored(value));
    await this.redis
      .ask((redis) => redis.eval(FILL, 2, group, generationKey(group), generation, field, text, seconds))
      .catch((error: unknown) => this.log.warn({ err: error, group }, 'cache not writable'));
    return value;
  }

  private async generation(group: string): Promise<string | undefined> {
    if (!this.canAsk()) return undefined;
    return this.redis
      .ask((redis) => redis.get(generationKey(group)))
      .then((value) => value ?? '0')
      .catch(() => undefined);
  }

  /**
   * Overwrites one answer: for what is written through after a commit. While Redis is away it does nothing.
   * @param version of what is written. What is there of a later version stays: a process may have been frozen between its
   * commit and this, and Redis may have hung.
   */
  write(group: string, field: string, value: unknown, seconds: number, version: number): void {
    if (!this.canAsk()) return;
    const text = JSON.stringify(value);
    this.redis
      .ask((redis) =>
        redis.eval(WRITE_NEWER, 2, group, versionKey(group, field), field, text, seconds, version),
      )
      .catch((error: unknown) => this.dropLater(group, error, 'cache not written'));
  }

  /** Drops a group, and the answers that readers are just about to put into it. */
  drop(group: string): void {
    this.undropped.add(group);
    this.canAsk();
  }

  /**
   * Waits until Redis has what was to be dropped, for whoever stops and would forget it. Given up, readers get older answers
   * until those expire.
   * @param atMostMs in milliseconds.
   */
  async settle(atMostMs: number): Promise<void> {
    const deadline = Date.now() + atMostMs;
    const isLeft = () => this.undropped.size + this.unrenewed.size + this.dropping > 0;
    while (isLeft() && Date.now() < deadline) await sleep(LOOK_MS);
    if (isLeft()) {
      this.log.warn(
        { groups: this.undropped.size, epochs: this.unrenewed.size },
        'stopped before the cache dropped what is no longer true',
      );
    }
  }

  /**
   * From now until it is opened no answer of the epoch is read or filled, in any process.
   * @param closer names who closes it: only with the same name is it opened again.
   * @throws {CacheUnavailable} Redis did not confirm it, so answers may still be read.
   */
  async closeEpoch(epochKey: string, closer: string): Promise<void> {
    try {
      this.canAsk();
      await this.redis.ask((redis) => redis.set(epochKey, `${CLOSED}${closer}`, 'EX', CLOSED_SECONDS));
    } catch (error) {
      throw new CacheUnavailable(error);
    }
  }

  /**
   * Answers are read and filled again, and none from before, unless somebody else closed the epoch meanwhile. Where
   * that fails it happens by itself after a time.
   */
  openEpoch(epochKey: string, closer: string): void {
    if (!this.canAsk()) return;
    this.redis
      .ask((redis) => redis.eval(OPEN, 1, epochKey, `${CLOSED}${closer}`, randomUUID()))
      .catch((error: unknown) => this.log.warn({ err: error, epochKey }, 'cache epoch not opened'));
  }

  /**
   * Begins an epoch after what its answers show was replaced: none from before is read any more, and none that readers are
   * just about to fill. One that is closed stays so, and begins when it is opened.
   */
  renewEpoch(epochKey: string): void {
    this.unrenewed.add(epochKey);
    this.canAsk();
  }

  // What was to be dropped while Redis was away is sent first: on the one connection, what is asked next comes after it.
  private canAsk(): boolean {
    if (!this.redis.isUp) return false;
    const [groups, epochs] = [[...this.undropped], [...this.unrenewed]];
    this.undropped.clear();
    this.unrenewed.clear();
    for (const group of groups) this.sendDrop(group);
    for (const epochKey of epochs) this.sendRenewal(epochKey);
    return true;
  }

  private sendDrop(group: string): void {
    this.send(
      (redis) =>
        redis
          .multi()
          .incr(generationKey(group))
          .expire(generationKey(group), GENERATION_SECONDS)
          .del(group)
          .exec(),
      (error) => this.dropLater(group, error, 'cache not dropped'),
    );
  }

  private sendRenewal(epochKey: string): void {
    this.send(
      (redis) => redis.eval(RENEW, 1, epochKey, CLOSED, randomUUID()),
      (error) => {
        this.log.warn({ err: error, epochKey }, 'cache epoch not renewed');
        if (!(error instanceof RedisRefused)) this.unrenewed.add(epochKey);
      },
    );
  }

  private send(command: (redis: Redis) => Promise<unknown>, failed: (error: unknown) => void): void {
    this.dropping += 1;
    this.redis
      .ask(command)
      .catch(failed)
      .finally(() => {
        this.dropping -= 1;
      });
  }

  private dropLater(group: string, error: unknown, what: string): void {
    this.log.warn({ err: error, group }, what);
    // What Redis itself refuses it would refuse again.
    if (!(error instanceof RedisRefused)) this.undropped.add(group);
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
/** Pause between two looks at what is left to drop. */
const LOOK_MS = 50;
/** Longer than any answer lives, so that none from before is left when it ends by itself. */
const CLOSED_SECONDS = 300;

function ofEpoch<T>(stored: unknown, epoch: string, schema: z.ZodType<T>) {
  const { epoch: writtenIn, answer } = Object(stored) as { epoch?: unknown; answer?: unknown };
  return writtenIn === epoch ? schema.safeParse(answer) : undefined;
}

/** Longer than any read takes. */
const GENERATION_SECONDS = 3_600;
const generationKey = (group: string): string => `${group}:generation`;

/** How long a version is known: a process that was frozen for less does not overwrite a later state. */
const VERSION_SECONDS = 3_600;
const versionKey = (group: string, field: string): string => `${group}:version:${field}`;

const FILL = `
if (redis.call('get', KEYS[2]) or '0') ~= ARGV[1] then return 0 end
redis.call('hset', KEYS[1], ARGV[2], ARGV[3])
redis.call('expire', KEYS[1], ARGV[4])
return 1`;

// The version outlives an answer that is kept for seconds only.
const WRITE_NEWER = `
if tonumber(redis.call('get', KEYS[2]) or '0') > tonumber(ARGV[4]) then return 0 end
redis.call('set', KEYS[2], ARGV[4], 'EX', math.max(tonumber(ARGV[3]), ${VERSION_SECONDS}))
redis.call('hset', KEYS[1], ARGV[1], ARGV[2])
return redis.call('expire', KEYS[1], ARGV[3])`;

const RENEW = `
local epoch = redis.call('get', KEYS[1])
if not epoch or string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then redis.call('set', KEYS[1], ARGV[2]) end`;

const OPEN = `
if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('set', KEYS[1], ARGV[2]) end`;

/** A connection on which a command has no answer for so long, in milliseconds, is replaced by a new one. */
const SILENCE_MS = 5_000;

/**
 * Connects to Redis and stays connected. Commands that cannot be sent now are rejected, and none is sent again on a new
 * connection: its caller has gone on without an answer by then (see `RedisBreaker`).
 */
export function connectRedis(settings: RedisSettings, prefix: string, log: Logger): Redis {
  const { REDIS_URL, REDIS_CA, REDIS_CERT, REDIS_KEY } = settings;
  const redis = new Redis(REDIS_URL, {
    ...((REDIS_CA || REDIS_URL.startsWith('rediss:')) && {
      tls: tlsOptions(REDIS_CA, REDIS_CERT, REDIS_KEY),
    }),
    keyPrefix: prefix,
    // What it would say of itself is a command that services may not send.
    disableClientInfo: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // When a host vanishes its connections stay open, and TCP takes a quarter of an hour to give them up. With a Redis that is
    // merely frozen this makes no difference: the new connection waits just as the old one did.
    socketTimeout: SILENCE_MS,
    connectTimeout: SILENCE_MS,
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
