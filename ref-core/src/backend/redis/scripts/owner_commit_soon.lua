-- The short way: the session owns the object, which is not lent, and knows the current version. Neither the old nor the
-- new version is large. An object that is not lent has no readers but those of revoked loans.
local life, owner, loan, writer, waited, last, version, length =
  unpack(call('HMGET', OBJECT, 'l', 's', 'k', 'w', 'W', 'n', 'v', 'c'))
if life or owner ~= me or loan or writer or version ~= ARGV[7] or not last or not length then return nil end
local token = after(last)
if not token or is_large(length) or not is_short() then return nil end
local set, del = { 'n', token }, {}
add_version(set, del, tonumber(length), token)
call('HSET', OBJECT, unpack(set))
if #del > 0 then call('HDEL', OBJECT, unpack(del)) end
wake_waiting(waited)
return obeyed('version\n' .. token .. '\n' .. ARGV[8] .. '\n' .. ARGV[9])
