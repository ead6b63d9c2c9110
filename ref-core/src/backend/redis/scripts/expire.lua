-- Declares some sessions dead: those whose lease has run out, up to 64 in a call. Returns some dead sessions, some
-- objects whose deadline has passed, and a third list. That list is not empty if the store is over and still has its
-- number. A store is over if it has no session and no object.
-- KEYS 1 sessions   2 the dead   3 clock   4 deadlines   5 the store's number   6 objects without an owner
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
now = string.format('%.0f', math.max(now, tonumber(redis.call('GET', KEYS[3]) or 0)))
local lost = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 64)
for _, session in ipairs(lost) do
  redis.call('ZREM', KEYS[1], session)
  redis.call('HSET', KEYS[2], session, 'lost')
  redis.call('SET', KEYS[3], now)
end
local dead = redis.call('HRANDFIELD', KEYS[2], 64)
local due = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now, 'LIMIT', 0, 64)
local over = redis.call('EXISTS', KEYS[5]) == 1 and redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[6]) == 0
return { dead, due, over and { 'over' } or {} }
