-- Puts a call into the queue. A number that is not above the last one was put there before. Returns `lost` if the caller
-- is no member. If the pool has workers, and none with the caller's build, returns `other` and the functions of another
-- build, and does nothing.
-- KEYS 1 prefix   2 a long message, or nothing
-- ARGV 1 caller   2 number   3 build   4 how long keys are kept, ms   5 message   6 the length of a long message
--      7 the last answer that the caller has read
local p, caller, number, build, keep, message, length, read = KEYS[1], unpack(ARGV)
local calls, queue = p .. 'calls:' .. caller, p .. 'queue:' .. build
local last = redis.call('HGET', calls, 'last')
if not last then return { 'lost' } end
if tonumber(number) <= tonumber(last) then return { 'ok' } end
local has_workers = redis.call('HEXISTS', p .. 'workers', build) == 1
if not has_workers then
  local _, other = pools.workers(p, build)
  if other ~= '' then return { 'other', other } end
end
if KEYS[2] then
  if redis.call('STRLEN', KEYS[2]) ~= tonumber(length) then return { 'unstaged' } end
  redis.call('SADD', p .. 'long:' .. caller, KEYS[2])
  pools.keep(keep, p .. 'long:' .. caller, KEYS[2])
end
local id = redis.call('XADD', queue, '*', 'c', caller, 'n', number, 'm', message, 'l', length)
redis.call('HSET', calls, number, id .. '\t' .. build, 'last', number)
-- Where there are workers, their renewals keep the queue.
if not has_workers then pools.keep_shared(p, build, keep) end
-- Removes the blocks of which all was read. A renewal removes the rest.
redis.call('XTRIM', p .. 'answers:' .. caller, 'MINID', '~', read)
return { 'ok' }
