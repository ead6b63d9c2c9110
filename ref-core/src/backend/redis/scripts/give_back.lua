-- Gives back the session's shared borrow, also that of a revoked loan. Idempotent.
stop_reading()
return done()
