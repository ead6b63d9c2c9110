-- The object goes with its owner, as soon as its last holder lets it.
if not mine() then return end
doom()
return done()
