-- Puts a call into the queue. A number that is not above the last one was put there before. Returns `lost` if the
-- caller's lease has run out. If the pool has workers, and none with the caller's build, returns `other` and the
-- functions of another build, and does nothing.
-- KEYS 1 prefix   2 a long message, or nothing
-- ARGV 1 caller   2 number   3 build   4 how long keys are kept, ms   5 message   6 the length of a long message
local p, caller, number, build, keep = KEYS[1], unpack(ARGV)
if not pools.lives(p, caller) then return { 'lost' } end
local calls, queue = p .. 'calls:' .. caller, p .. 'queue:' .. build
if tonumber(number) <= tonumber(redis.call('HGET', calls, 'last') or 0) then return { 'ok' } end
local own, other = pools.workers(p, build)
if other ~= '' then return { 'other', other } end
if KEYS[2] then
  if redis.call('STRLEN', KEYS[2]) ~= tonumber(ARGV[6]) then return { 'unstaged' } end
  redis.call('SADD', p .. 'long:' .. caller, KEYS[2])
  pools.keep(keep, p .. 'long:' .. caller, KEYS[2])
end
local id = redis.call('XADD', queue, '*', 'c', caller, 'n', number, 'm', ARGV[5], 'l', ARGV[6])
redis.call('HSET', calls, number, 'q\t' .. id .. '\t' .. build, 'last', number)
pools.keep(keep, calls, queue)
return { 'ok' }
