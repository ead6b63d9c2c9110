-- Gives a caller what came of the call that a worker has run, if there is one. Then marks the next call as begun by this
-- worker, and returns it. A call that this worker has begun and not answered is returned again.
-- Returns `lost` if the worker's lease has run out, and `none` if there is no call.
-- KEYS 1 prefix   2 a long answer, or nothing
-- ARGV 1 worker   2 build   3 how long keys are kept, ms   4 the caller of the call that was run, or nothing   5 its number
--      6 kind of the answer   7 from which process   8 answer   9 length of a long one   10 progress
--      11 the entry of the queue whose message the worker has
local p, worker, build, keep, caller, number, kind, from, answer, length, progress, has = KEYS[1], unpack(ARGV)
if not pools.lives(p, worker) then
  pools.requeue(p, build, worker)
  return { 'lost' }
end
local queue, runs = p .. 'queue:' .. build, p .. 'runs:' .. build
local begun, entry = pools.run(p, build, worker)
if caller ~= '' and begun == caller .. '\t' .. number then
  if redis.call('ZSCORE', p .. 'members', caller) and KEYS[2] then
    redis.call('SADD', p .. 'long:' .. caller, KEYS[2])
    pools.keep(keep, p .. 'long:' .. caller, KEYS[2])
  end
  pools.answer(p, caller, number, kind, from, answer, length, progress)
  pools.keep(keep, p .. 'answers:' .. caller)
  redis.call('HDEL', runs, worker)
  redis.call('HDEL', p .. 'stops', worker)
  pools.remove(p, build, entry)
  begun = nil
end
if begun then
  local fields = redis.call('XRANGE', queue, entry, entry)[1]
  fields = fields and fields[2]
  if fields then return { 'call', fields[2], fields[4], fields[6], fields[8] } end
  redis.call('HDEL', runs, worker)
end
-- Calls that came to this worker are first.
for _, from_id in ipairs({ '0', '>' }) do
  while true do
    local read = redis.call('XREADGROUP', 'GROUP', 'w', worker, 'COUNT', 1, 'STREAMS', queue, from_id)
    local entry = read and read[1] and read[1][2][1]
    if not entry then break end
    local id, fields = entry[1], entry[2]
    if fields and #fields == 8 and fields[1] == 'c' and fields[3] == 'n' and fields[5] == 'm' and fields[7] == 'l' then
      local caller, number = fields[2], fields[4]
      local calls = p .. 'calls:' .. caller
      if redis.call('HGET', calls, number) == 'q\t' .. id .. '\t' .. build and pools.lives(p, caller) then
        redis.call('HSET', calls, number, 'r\t' .. worker)
        redis.call('HSET', runs, worker, caller .. '\t' .. number .. '\t' .. id)
        redis.call('XACK', queue, 'w', id)
        pools.keep(keep, runs)
        return { 'call', caller, number, id == has and '' or fields[6], fields[8] }
      end
    end
    pools.remove(p, build, id)
  end
end
return { 'none' }
