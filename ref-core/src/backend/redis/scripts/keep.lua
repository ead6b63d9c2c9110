-- Makes the session's object lasting: it outlives the death of its owner. Idempotent.
if not mine() then return end
o.lasting = '1'
return done()
