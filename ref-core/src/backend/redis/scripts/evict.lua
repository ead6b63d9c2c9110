-- Removes a detached object by its key, or a published one whose writer the session is. Refuses any other object.
local writes = o.writer == 'a' and o.writer_session == me
if o.owner ~= 'd' and not (o.owner == 'p' and writes) then return owned_otherwise() end
doom()
return done()
