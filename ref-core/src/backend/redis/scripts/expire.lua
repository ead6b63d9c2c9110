-- Declares sessions whose lease has run out dead. Returns some dead sessions, and some objects whose deadline has
-- passed.
-- KEYS 1 sessions   2 the dead   3 clock   4 deadlines
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
return { dead, due }
