-- Reserves the exclusive borrow of a detached object. New readers are refused; `grant.lua` waits for the present ones.
if not open() or not unwritten() then return end
local token = count()
if not token then return no('exhausted') end
o.writer, o.writer_session, o.writer_token, o.writer_since, o.writer_at = 'p', me, token, text(now), caller
return 'opened\n' .. token
