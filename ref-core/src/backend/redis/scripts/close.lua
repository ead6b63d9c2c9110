-- Ends a session. If it is `closed`, its objects are dropped, but for those that it took by a request after the last
-- one that it had a reply to. If it is `lost`, they wait to be reattached, until their deadline.
-- KEYS 1 sessions   2 the dead      ARGV 1 session   2 `closed`, space and the number of that request, or `lost`
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
return { 'ok' }
