-- Removes a dead session that has no claim on any object. The last session of an empty store takes the store along.
-- KEYS 1 sessions   2 the dead   3 names   4 requests   5 its claims   6 the store's number   7 clock   8 objects without an owner
-- ARGV 1 session
if redis.call('HLEN', KEYS[5]) > 0 then return { 'claims' } end
local forgotten = redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
if redis.call('ZCARD', KEYS[1]) + redis.call('HLEN', KEYS[2]) + redis.call('SCARD', KEYS[8]) == 0 then
  redis.call('DEL', KEYS[6], KEYS[7])
end
return { forgotten == 1 and 'forgotten' or 'unknown' }
