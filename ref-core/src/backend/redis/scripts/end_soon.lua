-- The short way: the session owns the object, which is lent, no session borrows it, and it does not name a borrower
-- that died. ARGV 7 is nothing, or is r and
-- the loan's ticket cannot be redeemed.
local life, owner, loan, writer, died, waited, version, name, length =
  unpack(call('HMGET', OBJECT, 'l', 's', 'k', 'w', 'D', 'W', 'v', 'm', 'c'))
if life or owner ~= me or not loan or writer or died or not length or call('EXISTS', READERS) == 1 then return nil end
if ARGV[7] and (ARGV[7] ~= 'r' or loan == 'o') then return nil end
local with = bytes_for(name, length)
call('HDEL', OBJECT, 'k', 'e', 'h', 'q')
wake_waiting(waited)
local redeemed = loan ~= 'o' and '1' or '0'
return obeyed('ended\n' .. redeemed .. '\n' .. version .. '\n' .. name .. '\n' .. length, with)
