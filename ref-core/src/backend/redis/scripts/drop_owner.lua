-- Drops the object. It is removed when its last borrower is done.
if not mine() then return end
doom()
return done()
