-- Gives a caller what came of a call, and takes the call out of the queue. Does nothing if the call is not in the queue:
-- it was answered before, or its worker was taken for dead.
-- KEYS 1 prefix   2 a long answer, or nothing
-- ARGV 1 build   2 how long keys are kept, ms   3 the call's entry   4 its caller   5 its number
--      6 kind of the answer   7 from which process   8 answer   9 length of a long one   10 progress
local p, build, keep, id, caller = KEYS[1], unpack(ARGV)
local queue = p .. 'queue:' .. build
if redis.call('XACK', queue, 'w', id) == 1 then
  redis.call('XDEL', queue, id)
  if pools.answer(p, unpack(ARGV, 4)) and KEYS[2] then
    redis.call('SADD', p .. 'long:' .. caller, KEYS[2])
    pools.keep(keep, p .. 'long:' .. caller, KEYS[2])
  end
end
return { 'ok' }
