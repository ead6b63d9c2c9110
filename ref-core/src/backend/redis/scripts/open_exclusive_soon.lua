-- The short way: the session owns the object, which is not lent, and it does not name a borrower that died. An object
-- that is not lent has no readers but those of revoked loans.
local life, owner, loan, writer, died, waited, last = unpack(call('HMGET', OBJECT, 'l', 's', 'k', 'w', 'D', 'W', 'n'))
if life or owner ~= me or loan or writer or died or not last then return nil end
local epoch = after(last)
if not epoch then return nil end
call('HSET', OBJECT, 'k', 'o', 'e', epoch, 'h', ARGV[7], 'q', ARGV[2], 'n', epoch)
wake_waiting(waited)
return obeyed('opened\n' .. epoch)
