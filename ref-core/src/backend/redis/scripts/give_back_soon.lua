-- The short way: the object lives, no call waits for it, and the session has one reading, of the present generation. In
-- any other case the command itself runs.
local life, session, writer, waited, since, number =
  unpack(call('HMGET', OBJECT, 'l', 's', 'x', 'W', 'g', 'v'))
local reading = call('HGET', MINE, id)
if life or not number or waited or session == me or writer == me or not reading then return nil end
if reading:match('^%d+') ~= (since or '0') or reading:find('\n', 1, true) then return nil end
call('ZREM', READERS, me .. '\t' .. reading)
call('HDEL', MINE, id)
call('HSET', REQUESTS, me, ARGV[2] .. '\nok\ndone')
return { 'ok\ndone' }
