-- The short way: the session has one reading of the object, of the present generation, which ARGV 7 names. It has no
-- other claim on the object.
local life, owner, writer, waited, since, number =
  unpack(call('HMGET', OBJECT, 'l', 's', 'x', 'W', 'g', 'v'))
local reading = call('HGET', MINE, id)
if life or not number or owner == me or writer == me or not reading then return nil end
if ARGV[7] ~= (since or '0') or reading:match('^%d+') ~= ARGV[7] or reading:find('\n', 1, true) then return nil end
call('ZREM', READERS, me .. '\t' .. reading)
call('HDEL', MINE, id)
wake_waiting(waited)
return obeyed('done')
