/**
 * One hash a developer account: `known` (when the pauses were last read from Postgres), `pause:<kind>` and `turn:<lane>` in
 * milliseconds since 1970, calls that were made, counted by bucket, `<window>:<bucket>`, and reservations, `reserved:<id>`: how
 * many calls, and when it lapses. Redis's own clock is used, so that replicas need not agree on the time.
 *
 * A call counts from when it is made until its bucket's end is a whole window ago: never less than the window, and one
 * bucket longer at the most. So there are never more calls in any window than its limit, and never more fields than buckets
 * and reservations. A reserved call counts, too, until it is made, given back, or lapses.
 */
const COUNTED = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function counted(fields, name, width, span)
  local parts, sum = {}, 0
  for at = 1, #fields, 2 do
    local ends, calls
    local bucket = string.match(fields[at], '^' .. name .. ':(%d+)$')
    if bucket then ends, calls = (bucket + 1) * width + span, tonumber(fields[at + 1])
    elseif string.find(fields[at], '^reserved:') then
      calls, ends = string.match(fields[at + 1], '^(%d+) (%d+)$')
      calls, ends = tonumber(calls), tonumber(ends)
    end
    if ends and (ends <= now or calls <= 0) then redis.call('HDEL', KEYS[1], fields[at])
    elseif ends then
      sum = sum + calls
      parts[#parts + 1] = { ends = ends, calls = calls }
    end
  end
  table.sort(parts, function(a, b) return a.ends < b.ends end)
  return sum, parts
end
local function turn(lane, earliest, calls, pace, longest)
  local field = 'turn:' .. lane
  local at = math.max(earliest, tonumber(redis.call('HGET', KEYS[1], field) or '0'))
  if at > earliest + longest then at = earliest end
  redis.call('HSET', KEYS[1], field, string.format('%.0f', at + calls * pace))
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(at, now) + 90000000))
  return at
end`;

/**
 * Who waits in a lane: KEYS[2] has each job's turn, KEYS[3] since when it waits and for how many calls. Jobs are known until a window
 * after their turn. Calls are held for those who came before, and whose turn is within a window: a call that is taken now is
 * free again for later turns. Nothing is held any more for a job that has missed its turn by a sixth of a window.
 */
const WAITING = `
local function heldBefore(job, since, window)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - window)) do
    redis.call('HDEL', KEYS[3], id)
    redis.call('ZREM', KEYS[2], id)
  end
  local sum = 0
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], now - window / 6, now + window)) do
    local began, calls = string.match(redis.call('HGET', KEYS[3], id) or '', '^(%d+) (%d+)$')
    began = tonumber(began)
    if began and id ~= job and (began < since or began == since and id < job) then sum = sum + calls end
  end
  return sum
end
local function keep(job, since, calls, at)
  if job == '' then return end
  redis.call('ZADD', KEYS[2], at, job)
  redis.call('HSET', KEYS[3], job, string.format('%.0f %d', since, calls))
  for _, key in ipairs({ KEYS[2], KEYS[3] }) do
    redis.call('PEXPIREAT', key, string.format('%.0f', math.max(at, now) + 90000000))
  end
end`;

/**
 * ARGV: the job, or nothing, since when it waits, lane, ms that its queue of turns is long at most, ms of the shortest window, calls,
 * id of the reservation, ms after which it lapses, then of each window its name, bucket and length in ms, limit, and ms a call at
 * its steady pace.
 * @returns `unknown` when the pauses have to be read again: Redis was emptied, or they were read a minute ago, since when it may
 * have come back from an older copy of itself; `taken` and when; or why not, and the turn that is given instead. Who asks for
 * the first time has it at the end of the queue, who was there already when the calls are free that those before it do not need.
 * Newcomers take nothing while somebody waits. After a pause, and where a day's limit lets no call through, all queue anew: too many
 * would have the same moment.
 */
export const TAKE = `${COUNTED}${WAITING}
if tonumber(redis.call('HGET', KEYS[1], 'known') or '0') + 60000 <= now then return { 'unknown', '0' } end
local job, since, lane, longest = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local window, calls = tonumber(ARGV[5]), tonumber(ARGV[6])
local held = heldBefore(job, since, window)
local known = redis.call('HEXISTS', KEYS[3], job) == 1
local why, at, pace = 'taken', now, tonumber(ARGV[13])
for _, kind in ipairs({ 'rate', 'quota' }) do
  local pause = tonumber(redis.call('HGET', KEYS[1], 'pause:' .. kind) or '0')
  if pause > at then why, at = kind, pause end
end
local fields = redis.call('HGETALL', KEYS[1])
for first = 9, #ARGV, 5 do
  local sum, parts = counted(fields, ARGV[first], tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2]))
  local steady = tonumber(ARGV[first + 4])
  local over, own, free = sum + held + calls - tonumber(ARGV[first + 3]), now, now
  for _, part in ipairs(parts) do
    if over <= 0 then break end
    if over > held then own = part.ends end
    over, free = over - part.calls, part.ends
  end
  if over > 0 then free = math.ceil(free + math.max(over * steady % window, steady)) end
  if not known and own > now then free = own end
  if free > at then why, at, pace = 'budget', free, steady end
end
if why == 'taken' and held > 0 and not known then why, at = 'budget', math.ceil(now + pace) end
if why ~= 'taken' then
  if known and why == 'budget' and at <= now + 3 * window then
    while redis.call('ZCOUNT', KEYS[2], at, at) > 0 do at = at + 1 end
  else at = turn(lane, at, calls, pace, longest) end
  keep(job, since, calls, at)
  return { why, string.format('%.0f', at) }
end
keep(job, since, 0, now)
redis.call('HSET', KEYS[1], 'reserved:' .. ARGV[7], string.format('%d %.0f', calls, now + ARGV[8]))
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', now + 90000000))
return { 'taken', string.format('%.0f', now) }`;

/**
 * ARGV: the job, or nothing, since when it waits, lane, ms that the queue of turns is long at most, the earliest moment, ms a call.
 * @returns the turn of one who must wait until then for another reason: no calls are held for it.
 */
export const TURN = `${COUNTED}${WAITING}
local at = turn(ARGV[3], math.max(now, tonumber(ARGV[5])), 1, tonumber(ARGV[6]), tonumber(ARGV[4]))
keep(ARGV[1], tonumber(ARGV[2]), 0, at)
return string.format('%.0f', at)`;

/**
 * Counts one call of a reservation as made now, also where that has lapsed. What is left of it lapses later.
 * ARGV: id of the reservation, ms after which it lapses, then name and bucket of each window.
 */
export const USE = `${COUNTED}
local field = 'reserved:' .. ARGV[1]
local reserved = redis.call('HGET', KEYS[1], field)
local left = reserved and string.match(reserved, '^%d+') - 1 or 0
if left > 0 then redis.call('HSET', KEYS[1], field, string.format('%d %.0f', left, now + ARGV[2]))
else redis.call('HDEL', KEYS[1], field) end
for first = 3, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[1], ARGV[first] .. ':' .. math.floor(now / ARGV[first + 1]), 1)
end
if redis.call('PTTL', KEYS[1]) < 90000000 then
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', now + 90000000))
end`;

/** ARGV: id of the reservation whose calls are not made. */
export const GIVE_BACK = `
return redis.call('HDEL', KEYS[1], 'reserved:' .. ARGV[1])`;

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
