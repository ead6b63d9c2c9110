-- Removes a detached object by its key. Refuses any other object.
if o.owner ~= 'd' then return owned_otherwise() end
doom()
return done()
