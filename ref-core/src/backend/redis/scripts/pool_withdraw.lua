-- Ends the attempt to put a call into the queue. Returns `ok` if the call was put there, and `lost` if the caller is no
-- member. Otherwise returns `never`: a late request for the call does nothing.
-- KEYS 1 prefix      ARGV 1 caller   2 number
local calls, number = KEYS[1] .. 'calls:' .. ARGV[1], ARGV[2]
local last = redis.call('HGET', calls, 'last')
if not last then return { 'lost' } end
if tonumber(number) <= tonumber(last) then return { 'ok' } end
redis.call('HSET', calls, 'last', number)
return { 'never' }
