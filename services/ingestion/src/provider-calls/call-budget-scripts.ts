/**
 * One hash a developer account: `known` (when the pauses were last read from Postgres), `pause:<kind>` and `turn:<lane>` in
 * milliseconds since 1970, and calls counted by bucket, `<window>:<bucket>`. Redis's own clock is used, so that replicas need not agree on the time.
 *
 * A call counts from when it is made until its bucket's end is a whole window ago: never less than the window, and one
 * bucket longer at the most. So there are never more calls in any window than its limit, and never more fields than buckets.
 */
const COUNTED = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function counted(name, width, span)
  local buckets, sum = {}, 0
  local fields = redis.call('HGETALL', KEYS[1])
  for at = 1, #fields, 2 do
    local bucket = string.match(fields[at], '^' .. name .. ':(%d+)$')
    if bucket then
      local ends = (bucket + 1) * width + span
      local calls = tonumber(fields[at + 1])
      if ends <= now or calls <= 0 then redis.call('HDEL', KEYS[1], fields[at])
      else
        sum = sum + calls
        buckets[#buckets + 1] = { ends = ends, calls = calls }
      end
    end
  end
  table.sort(buckets, function(a, b) return a.ends < b.ends end)
  return sum, buckets
end
local function turn(lane, earliest, calls, pace)
  local field = 'turn:' .. lane
  local at = math.max(earliest, tonumber(redis.call('HGET', KEYS[1], field) or '0'))
  redis.call('HSET', KEYS[1], field, string.format('%.0f', at + calls * pace))
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(at, now) + 90000000))
  return string.format('%.0f', at)
end`;

/**
 * ARGV: calls, lane, then of each window its name, bucket and length in ms, limit, and ms a call at its steady pace.
 * @returns `unknown` when the pauses have to be read again: Redis was emptied, or they were read a minute ago, since when it may
 * have come back from an older copy of itself; `taken` and when; or why not, and the turn that is given instead.
 */
export const TAKE = `${COUNTED}
if tonumber(redis.call('HGET', KEYS[1], 'known') or '0') + 60000 <= now then return { 'unknown', '0' } end
local calls = tonumber(ARGV[1])
local why, at, pace = 'taken', now, tonumber(ARGV[7])
for _, kind in ipairs({ 'rate', 'quota' }) do
  local pause = tonumber(redis.call('HGET', KEYS[1], 'pause:' .. kind) or '0')
  if pause > at then why, at = kind, pause end
end
for first = 3, #ARGV, 5 do
  local sum, buckets = counted(ARGV[first], tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2]))
  local over = sum + calls - tonumber(ARGV[first + 3])
  for _, bucket in ipairs(buckets) do
    if over <= 0 then break end
    over = over - bucket.calls
    if over <= 0 and bucket.ends > at then why, at, pace = 'budget', bucket.ends, tonumber(ARGV[first + 4]) end
  end
end
if why ~= 'taken' then return { why, turn(ARGV[2], at, calls, pace) } end
for first = 3, #ARGV, 5 do
  redis.call('HINCRBY', KEYS[1], ARGV[first] .. ':' .. math.floor(now / ARGV[first + 1]), calls)
end
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', now + 90000000))
return { 'taken', string.format('%.0f', now) }`;

/** ARGV: lane, the earliest moment, ms a call. @returns the turn of one who must wait until then for another reason. */
export const TURN = `${COUNTED}
return turn(ARGV[1], math.max(now, tonumber(ARGV[2])), 1, tonumber(ARGV[3]))`;

/** ARGV: when calls were reserved, how many to give back, how many to count as made now, then name and bucket of each window. */
export const SETTLE = `${COUNTED}
for first = 4, #ARGV, 2 do
  local from = ARGV[first] .. ':' .. math.floor(ARGV[1] / ARGV[first + 1])
  if redis.call('HEXISTS', KEYS[1], from) == 1 then redis.call('HINCRBY', KEYS[1], from, -(ARGV[2] + ARGV[3])) end
  if tonumber(ARGV[3]) > 0 then
    redis.call('HINCRBY', KEYS[1], ARGV[first] .. ':' .. math.floor(now / ARGV[first + 1]), ARGV[3])
  end
end`;

/** ARGV: pairs of a kind and until when. Pauses only ever get longer; KEYS[1] is known from now on. */
export const LEARN = `
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'known', string.format('%.0f', time[1] * 1000))
local latest = 0
for first = 1, #ARGV, 2 do
  local field = 'pause:' .. ARGV[first]
  local before = tonumber(redis.call('HGET', KEYS[1], field) or '0')
  local pause = math.max(before, tonumber(ARGV[first + 1]))
  latest = math.max(latest, pause)
  redis.call('HSET', KEYS[1], field, string.format('%.0f', pause))
end
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(latest, time[1] * 1000) + 90000000))`;
