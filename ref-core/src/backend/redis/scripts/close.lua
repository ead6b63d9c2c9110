-- Ends a session. If it is `closed`, its objects are dropped. If it is `lost`, they wait to be reattached, until their
-- deadline.
-- KEYS 1 sessions   2 the dead      ARGV 1 session   2 `closed` or `lost`
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
return { 'ok' }
