-- Gives back the session's shared borrow of the generation ARGV 7, also that of a revoked loan. Idempotent.
stop_reading(ARGV[7])
return done()
