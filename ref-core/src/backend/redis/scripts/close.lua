-- A session ends: `closed` gives its objects up, `lost` leaves them to be attached again or to their deadline.
-- KEYS 1 sessions   2 the dead      ARGV 1 session   2 how
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
return { 'ok' }
