-- Renews a lease, unless it has run out: then the session is dead for ever.
-- KEYS 1 sessions   2 the dead   3 clock      ARGV 1 session   2 lease, ms
local time = redis.call('TIME')
local server = time[1] * 1000 + math.floor(time[2] / 1000)
local now = math.max(server, tonumber(redis.call('GET', KEYS[3]) or 0))
redis.call('SET', KEYS[3], string.format('%.0f', now))
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not ends then return { 'lost' } end
if tonumber(ends) <= now then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], 'lost')
  return { 'lost' }
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
return { 'ok', string.format('%.0f', now - server) }
