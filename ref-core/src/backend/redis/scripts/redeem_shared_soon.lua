-- The short way: the loan is open, its owner lives, and the session has no claim on the object.
local life, kind, epoch, owner, waited, since, number, name, length =
  unpack(call('HMGET', OBJECT, 'l', 'k', 'e', 's', 'W', 'g', 'v', 'm', 'c'))
if life or kind ~= 's' or epoch ~= ARGV[7] or not owner or not length or is_dead(owner) then return nil end
since = since or '0'
local reading, with = since .. '\t' .. text(now) .. '\t' .. caller, bytes_for(name, length)
if call('HSETNX', MINE, id, reading) == 0 then return nil end
call('ZADD', READERS, since, me .. '\t' .. reading)
wake_waiting(waited)
return obeyed('shared\n' .. number .. '\n' .. name .. '\n' .. length .. '\n' .. since, with)
