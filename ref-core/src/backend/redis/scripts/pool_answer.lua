-- Gives a caller what came of a call, and takes the call out of the queue. Does nothing if the call is not in the queue:
-- it was answered before, or its worker was taken for dead. Returns `ok` and how many calls there are then. If the worker
-- wants the next call, and one waits, begins that for it, and returns the entry and the fields instead.
-- KEYS 1 prefix   2 a long answer, or nothing
-- ARGV 1 build   2 how long keys are kept, ms   3 the call's entry   4 its caller   5 its number
--      6 kind of the answer   7 from which process   8 answer   9 length of a long one   10 progress
--      11 the worker, if it wants the next call, or nothing
local p, build, keep, id, caller = KEYS[1], unpack(ARGV)
local queue, worker = p .. 'queue:' .. build, ARGV[11]
if redis.call('XACK', queue, 'w', id) == 1 then
  redis.call('XDEL', queue, id)
  if pools.answer(p, unpack(ARGV, 4, 10)) and KEYS[2] then
    redis.call('SADD', p .. 'long:' .. caller, KEYS[2])
    pools.keep(keep, p .. 'long:' .. caller, KEYS[2])
  end
  -- The worker had a call, and so it is a member.
  local read = worker ~= '' and redis.call('XREADGROUP', 'GROUP', 'w', worker, 'COUNT', 1, 'STREAMS', queue, '>')
  if read then
    local entry = read[1][2][1]
    redis.call('XCLAIM', queue, 'w', worker, 0, entry[1], 'RETRYCOUNT', BEGUN, 'JUSTID')
    return { 'next', entry[1], unpack(entry[2]) }
  end
end
return { 'ok', tostring(redis.call('XLEN', queue)) }
