-- The short way: the session has one reading of the object, of the present generation, and no other claim on it.
local life, owner, writer, waited, since, number =
  unpack(call('HMGET', OBJECT, 'l', 's', 'x', 'W', 'g', 'v'))
local reading = call('HGET', MINE, id)
if life or not number or owner == me or writer == me or not reading then return nil end
if reading:match('^%d+') ~= (since or '0') or reading:find('\n', 1, true) then return nil end
call('ZREM', READERS, me .. '\t' .. reading)
call('HDEL', MINE, id)
wake_waiting(waited)
return obeyed('done')
