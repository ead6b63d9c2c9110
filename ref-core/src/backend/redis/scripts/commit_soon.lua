-- The short way: the session is the writer with this token, the owner lives, and neither the old nor the new
-- version is large.
local token = ARGV[7]
local life, writer, session, number, owner, waited, length =
  unpack(call('HMGET', OBJECT, 'l', 'w', 'x', 'y', 's', 'W', 'c'))
if life or writer ~= 'a' or session ~= me or number ~= token or not owner or not length then return nil end
if is_large(length) or not is_short() or is_dead(owner) then return nil end
local set, del = { 'p', me, 'i', token, 'j', ARGV[10] }, { 'w', 'x', 'y', 'z', 'b', 'B' }
add_version(set, del, tonumber(length), token)
call('HSET', OBJECT, unpack(set))
call('HDEL', OBJECT, unpack(del))
wake_waiting(waited)
if owner ~= me and call('HGET', MINE, id) == '' then call('HDEL', MINE, id) end
return obeyed('version\n' .. token .. '\n' .. ARGV[8] .. '\n' .. ARGV[9])
