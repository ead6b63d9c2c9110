-- A key may remove what is detached, and nothing else.
if o.owner ~= 'd' then return owned_otherwise() end
doom()
return done()
