-- The short way: the loan is offered by this ticket, its owner lives, and the object does not name a borrower that
-- died. An offered loan has no borrower.
local life, loan, right, owner, writer, died, waited, last, version, name, length =
  unpack(call('HMGET', OBJECT, 'l', 'k', 'h', 's', 'w', 'D', 'W', 'n', 'v', 'm', 'c'))
if life or loan ~= 'o' or right ~= ARGV[7] or not owner or writer or died or not length then return nil end
local token = after(last)
if not token or is_dead(owner) then return nil end
local with = bytes_for(name, length)
call('HSET', OBJECT, 'k', 't', 'n', token, 'w', 'a', 'x', me, 'y', token, 'z', text(now), 'b', caller, 'B', token)
if owner ~= me then call('HSETNX', MINE, id, '') end
wake_waiting(waited)
return obeyed('exclusive\n' .. token .. '\n' .. version .. '\n' .. name .. '\n' .. length, with)
