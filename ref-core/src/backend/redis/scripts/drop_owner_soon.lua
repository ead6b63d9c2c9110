-- The short way: the session owns the object, no session borrows it, and its version is not large.
local life, owner, writer, waited, length = unpack(call('HMGET', OBJECT, 'l', 's', 'w', 'W', 'c'))
if life or owner ~= me or writer or not length or is_large(length) or call('EXISTS', READERS) == 1 then return nil end
if waited then publish(waited, id) end
call('DEL', OBJECT, KEPT, BYTES)
call('HDEL', MINE, id)
return obeyed('done')
