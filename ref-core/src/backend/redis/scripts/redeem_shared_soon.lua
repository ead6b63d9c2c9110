-- The usual case, without the whole machine: the loan is open, its owner lives. Anything else goes the long way.
do
  local found = redis.call('HMGET', OBJECT, 'life', 'loan', 'loan_epoch', 'owner', 'owner_session', 'version', 'name',
    'length')
  local life, loan, epoch, owner, session, version, name, length = unpack(found)
  if life == 'l' and loan == 's' and epoch == ARGV[7] and owner == 's' and (session == me or not is_dead(session)) then
    if redis.call('HSETNX', HOLDERS, 'h:' .. me, string.format('%.0f', now) .. '\t' .. place) == 1 then
      redis.call('SADD', MINE, id)
      redis.call('HINCRBY', OBJECT, 'changes', 1)
    end
    local answer = 'ok\nshared\n' .. version .. '\n' .. name .. '\n' .. length
    redis.call('HSET', REQUESTS, me, ARGV[2] .. '\n' .. answer)
    if has ~= name and tonumber(length) <= INLINE then return { answer, redis.call('GET', BYTES) } end
    return { answer }
  end
end
