-- Removes a detached object whose time is over.
if o.owner ~= 'd' or not o.owner_due then return over() end
doom()
return done()
