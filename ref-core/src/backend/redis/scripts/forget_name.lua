-- Takes a name from an object that is not published. Idempotent.
-- KEYS 1 names   2 the object      ARGV 1 name   2 the object that has it
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] and redis.call('HGET', KEYS[2], 'o') ~= 'p' then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return { 'ok' }
