-- The fast path: the loan is open and its owner lives. In any other case the rest of the script runs.
do
  local found = redis.call('HMGET', OBJECT, 'life', 'loan', 'loan_epoch', 'owner', 'owner_session', 'version', 'name',
    'length')
  local life, loan, epoch, owner, session, version, name, length = unpack(found)
  if life == 'l' and loan == 's' and epoch == ARGV[7] and owner == 's' and (session == me or not is_dead(session)) then
    local kind = 'joined'
    if redis.call('HSETNX', HOLDERS, 'h:' .. me, string.format('%.0f', now) .. '\t' .. caller) == 1 then
      kind = 'shared'
      redis.call('SADD', MINE, id)
      redis.call('HINCRBY', OBJECT, 'changes', 1)
    end
    local answer = 'ok\n' .. kind .. '\n' .. version .. '\n' .. name .. '\n' .. length
    redis.call('HSET', REQUESTS, me, ARGV[2] .. '\n' .. answer)
    if has ~= name and tonumber(length) <= INLINE then return { answer, redis.call('GET', BYTES) } end
    return { answer }
  end
end
