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
 * KEYS: the calls of the last minute by when they were made, and of the lane the next free turn, the turns of the jobs that wait,
 * and since when each waits, in µs. ARGV: limit, the call's id, the minute in ms, the job, whether it is in the middle of its
 * work, and the maximum length of the queue of turns in ms. Redis's own clock is used.
 *
 * Jobs are served in the order of asking. A newcomer takes nothing while another's turn is to come within a minute: a call
 * that is taken now is free again for later ones. A turn that was missed counts for as long as one call's share of the minute, and
 * its job keeps its place in the order for a minute. A job in the middle of its work goes before all that wait.
 * @returns nothing for a call that is taken; else the turn, in ms since 1970.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, minute, job = tonumber(ARGV[1]), tonumber(ARGV[3]), ARGV[4]
local slot = minute / limit
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - minute)
local calls = redis.call('ZCARD', KEYS[1])
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - minute)) do
  redis.call('ZREM', KEYS[3], id)
  redis.call('HDEL', KEYS[4], id)
end
local since = tonumber(redis.call('HGET', KEYS[4], job) or (ARGV[5] == '1' and '0'))
local before = 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], now - slot, now + minute)) do
  if id ~= job and (not since or tonumber(redis.call('HGET', KEYS[4], id) or '0') < since) then before = before + 1 end
end
if before == 0 and calls < limit or since and calls + before < limit then
  redis.call('ZADD', KEYS[1], now, ARGV[2])
  redis.call('PEXPIRE', KEYS[1], minute)
  redis.call('ZREM', KEYS[3], job)
  redis.call('HDEL', KEYS[4], job)
  return false
end
local function frees(needed)
  local call = needed > 0 and redis.call('ZRANGE', KEYS[1], needed - 1, needed - 1, 'WITHSCORES')[2]
  return call and call + minute or math.ceil(now + slot)
end
local turn = tonumber(redis.call('ZMSCORE', KEYS[3], job)[1] or '0')
if turn > now then return string.format('%.0f', turn) end
if since then turn = frees(calls + before + 1 - limit)
else
  local free = frees(calls + 1 - limit)
  turn = math.max(free, tonumber(redis.call('GET', KEYS[2]) or '0'))
  if turn > free + tonumber(ARGV[6]) then turn = free end
  redis.call('SET', KEYS[2], string.format('%.0f', turn + slot))
  redis.call('PEXPIREAT', KEYS[2], string.format('%.0f', turn + minute))
  since = time[1] * 1000000 + time[2]
end
redis.call('ZADD', KEYS[3], turn, job)
redis.call('HSET', KEYS[4], job, string.format('%.0f', since))
for _, key in ipairs({ KEYS[3], KEYS[4] }) do
  if redis.call('PTTL', key) < turn + minute - now then redis.call('PEXPIREAT', key, string.format('%.0f', turn + minute)) end
end
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
   * @param isUnderWay the job has made a call and needs another one: it was in its turn.
   * @returns nothing, or the turn of the job, which must wait.
   */
  async take(
    modelId: string,
    perMinute: number,
    lane: Lane,
    jobId: string,
    isUnderWay = false,
  ): Promise<Date | undefined> {
    const limit = lane === 'bulk' ? Math.max(1, Math.floor(perMinute * BULK_SHARE)) : perMinute;
    const calls = `v1:model-calls:${modelId}`;
    if (!this.redis.isUp) return undefined;
    try {
      const keys = [calls, ...['turn', 'waiting', 'since'].map((name) => `${calls}:${name}:${lane}`)];
      const args = [limit, newId(), MINUTE_MS, jobId, isUnderWay ? 1 : 0, LONGEST_QUEUE_MS[lane]];
      const turn = await this.redis.ask((redis) => redis.eval(TAKE, keys.length, ...keys, ...args));
      return typeof turn === 'string' ? new Date(Number(turn)) : undefined;
    } catch (error) {
      this.log.warn({ err: error, model: modelId }, 'calls of the model are not counted in Redis');
      return undefined;
    }
  }
}
