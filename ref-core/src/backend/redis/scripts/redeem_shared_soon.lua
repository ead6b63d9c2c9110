-- The short way: the loan is open, its owner lives, no call waits for the object, the process has the version's bytes,
-- and the session has no claim on the object. In any other case the command itself runs.
local kind, epoch, owner, session, waited, since, number, name, length =
  unpack(call('HMGET', OBJECT, 'k', 'e', 'o', 's', 'W', 'g', 'v', 'm', 'c'))
if kind ~= 's' or epoch ~= ARGV[7] or owner ~= 's' or waited or has ~= name or is_dead(session) then return nil end
since = since or '0'
local reading = since .. '\t' .. text(now) .. '\t' .. caller
if call('HSETNX', MINE, id, reading) == 0 then return nil end
call('ZADD', READERS, since, me .. '\t' .. reading)
local reply = 'ok\nshared\n' .. number .. '\n' .. name .. '\n' .. length
call('HSET', REQUESTS, me, ARGV[2] .. '\n' .. reply)
return { reply }
