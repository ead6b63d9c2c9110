-- Gives back this session's shared borrow, of a revoked loan too. Idempotent.
held['h:' .. me], held['x:' .. me] = nil, nil
return done()
