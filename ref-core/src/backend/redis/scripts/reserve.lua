-- The next writer, of which there is one, keeps new readers out and waits for those inside.
if not open() or not unwritten() then return end
local token = count()
if not token then return no('exhausted') end
o.writer, o.writer_session, o.writer_token = 'p', me, token
return 'opened\n' .. token
