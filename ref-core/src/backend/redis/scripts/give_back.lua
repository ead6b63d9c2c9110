-- Gives back the session's shared borrow, also that of a revoked loan. Idempotent.
held['h:' .. me], held['x:' .. me] = nil, nil
return done()
