-- Renews a lease, unless it has run out: then the session is dead for ever. Returns `lost` if the lease has run out, or
-- if the store has no such session. Otherwise returns `ok`, by how many ms the store's clock is ahead of the server's,
-- and whether the store has something to recover: a dead session, one whose lease has run out, or an object whose
-- deadline has passed.
-- KEYS 1 sessions   2 the dead   3 clock   4 deadlines      ARGV 1 session   2 lease, ms
local time = redis.call('TIME')
local server = time[1] * 1000 + math.floor(time[2] / 1000)
local now = math.max(server, tonumber(redis.call('GET', KEYS[3]) or 0))
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
-- The store may be gone, and a key that was written now would be left in the server.
if not ends then return { 'lost' } end
redis.call('SET', KEYS[3], string.format('%.0f', now))
if tonumber(ends) <= now then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], 'lost')
  return { 'lost' }
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
local function is_over(key)
  return #redis.call('ZRANGEBYSCORE', key, '-inf', string.format('%.0f', now), 'LIMIT', 0, 1) > 0
end
local found = redis.call('HLEN', KEYS[2]) > 0 or is_over(KEYS[1]) or is_over(KEYS[4])
return { 'ok', string.format('%.0f', now - server), found and 'recover' or 'nothing' }
