-- Puts a call into the queue. A number that is not above the last one was put there before. Returns `lost` if the caller
-- is no member. If there is no queue of the caller's build, and the pool has workers of another one, returns `other` and
-- the functions of that build, and does nothing.
-- KEYS 1 prefix   2 a long message, or nothing
-- ARGV 1 caller   2 number   3 build   4 how long keys are kept, ms   5 message   6 the length of a long message
--      7 the last answer that the caller has read, or nothing
local p, caller, number, build, keep, message, length, read = KEYS[1], unpack(ARGV)
local calls, queue = p .. 'calls:' .. caller, p .. 'queue:' .. build
local last = redis.call('HGET', calls, 'last')
if not last then return { 'lost' } end
if tonumber(number) <= tonumber(last) then return { 'ok' } end
if KEYS[2] and redis.call('STRLEN', KEYS[2]) ~= tonumber(length) then return { 'unstaged' } end
local id = redis.call('XADD', queue, 'NOMKSTREAM', '*', 'c', caller, 'n', number, 'm', message, 'l', length)
if not id then
  -- Workers of the build would have a queue. Renewals keep it.
  local _, other = pools.workers(p, build)
  if other ~= '' then return { 'other', other } end
  id = redis.call('XADD', queue, '*', 'c', caller, 'n', number, 'm', message, 'l', length)
  pools.keep_shared(p, build, keep)
end
redis.call('HSET', calls, number, id .. '\t' .. build, 'last', number)
if KEYS[2] then
  redis.call('SADD', p .. 'long:' .. caller, KEYS[2])
  pools.keep(keep, p .. 'long:' .. caller, KEYS[2])
end
-- Removes the blocks of which all was read. A renewal removes the rest.
if read ~= '' then redis.call('XTRIM', p .. 'answers:' .. caller, 'MINID', '~', read) end
return { 'ok' }
