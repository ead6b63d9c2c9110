-- The fast path: the object lives and keeps no older versions for its readers, so that only the borrow goes. In any
-- other case the rest of the script runs.
do
  local found = redis.call('HMGET', OBJECT, 'life', 'kept', 'owner_session', 'writer_session')
  local life, kept, owner, writer = unpack(found)
  if life == 'l' and not kept then
    if redis.call('HDEL', HOLDERS, 'h:' .. me, 'x:' .. me) > 0 then redis.call('HINCRBY', OBJECT, 'changes', 1) end
    if owner ~= me and writer ~= me then redis.call('SREM', MINE, id) end
    redis.call('HSET', REQUESTS, me, ARGV[2] .. '\nok\ndone')
    return { 'ok\ndone' }
  end
end
