-- The short way: the session owns the object, which is not lent. So it has no readers but those of revoked loans.
local life, owner, loan, writer, waited, last = unpack(call('HMGET', OBJECT, 'l', 's', 'k', 'w', 'W', 'n'))
if life or owner ~= me or loan or writer or not last then return nil end
local epoch = after(last)
if not epoch then return nil end
call('HSET', OBJECT, 'k', 's', 'e', epoch, 'q', ARGV[2], 'n', epoch)
wake_waiting(waited)
return obeyed('opened\n' .. epoch)
