-- Removes a dead session that has no claim on any object.
-- KEYS 1 the dead   2 names   3 requests   4 its claims      ARGV 1 session
if redis.call('HLEN', KEYS[4]) > 0 then return { 'claims' } end
local forgotten = redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return { forgotten == 1 and 'forgotten' or 'unknown' }
