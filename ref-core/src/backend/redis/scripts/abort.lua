-- Gives an exclusive borrow back, or its reservation. Idempotent.
if o.writer_session == me and o.writer_token == ARGV[7] then end_writer() end
return done()
