import type { Lane } from '@undertone/contracts/jobs/queues';
import type { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { newId } from '@undertone/platform/ids/ids';
import type { Logger } from '@undertone/platform/logging/logger';

const MINUTE_MS = 60_000;
/** The share of the rate that bulk runs may use: the rest is for people who wait. */
const BULK_SHARE = 0.8;
/**
 * Maximum length of a lane's queue of turns, counted from when a call is free; then it starts over. Turns of jobs that were
 * cancelled cannot be given back, and must not add up.
 */
const LONGEST_QUEUE_MS: Readonly<Record<Lane, number>> = { interactive: MINUTE_MS, bulk: 60 * MINUTE_MS };

/**
 * KEYS: the calls of the last minute by when they were made, and the next free turn of the lane. ARGV: limit, the call's id,
 * the minute in ms, the turn that the caller has, or 0, and the maximum length of the queue of turns in ms. Redis's own clock is used.
 * @returns nothing for a call that is taken; else the turn, in ms since 1970.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, minute = tonumber(ARGV[1]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - minute)
local calls = redis.call('ZCARD', KEYS[1])
if calls < limit then
  redis.call('ZADD', KEYS[1], now, ARGV[2])
  redis.call('PEXPIRE', KEYS[1], minute)
  return false
end
local held = tonumber(ARGV[4])
if held > now then return string.format('%.0f', held) end
local frees = redis.call('ZRANGE', KEYS[1], calls - limit, calls - limit, 'WITHSCORES')[2] + minute
local turn = math.max(frees, tonumber(redis.call('GET', KEYS[2]) or '0'))
if turn > frees + tonumber(ARGV[5]) then turn = frees end
redis.call('SET', KEYS[2], string.format('%.0f', turn + minute / limit))
redis.call('PEXPIREAT', KEYS[2], string.format('%.0f', turn + minute))
return string.format('%.0f', turn)`;

/**
 * The calls of each model in any minute, counted in Redis for all replicas together. Ingestion's budget of calls has windows
 * of a day, calls that are reserved for later and pauses that outlive Redis; here a call is one moment, and the
 * model's own 429 is what holds back when Redis is away or was emptied. Where Redis counts a call and its answer does not arrive, the call is made, so the count is right.
 */
export class CallRate {
  constructor(
    private readonly redis: RedisBreaker,
    private readonly log: Logger,
  ) {}

  /**
   * Takes one call.
   * @param held the turn that the caller was given: who comes before it, by Redis's clock, keeps it.
   * @returns nothing, or the turn of whoever must wait: no two of a lane have the same.
   */
  async take(modelId: string, perMinute: number, lane: Lane, held?: Date): Promise<Date | undefined> {
    const limit = lane === 'bulk' ? Math.max(1, Math.floor(perMinute * BULK_SHARE)) : perMinute;
    const calls = `v1:model-calls:${modelId}`;
    if (!this.redis.isUp) return undefined;
    try {
      const had = held?.getTime() ?? 0;
      const keys = [calls, `${calls}:turn:${lane}`];
      const turn = await this.redis.ask((redis) =>
        redis.eval(TAKE, 2, ...keys, limit, newId(), MINUTE_MS, had, LONGEST_QUEUE_MS[lane]),
      );
      return typeof turn === 'string' ? new Date(Number(turn)) : undefined;
    } catch (error) {
      this.log.warn({ err: error, model: modelId }, 'calls of the model are not counted in Redis');
      return undefined;
    }
  }
}
