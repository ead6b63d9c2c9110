-- Gives an exclusive borrow back, or its reservation. Idempotent. ARGV 8 is b(ack) if the borrow's process has not
-- heard of it: then its ticket can be redeemed again.
if o.writer_session == me and o.writer_token == ARGV[7] or checkpointed(ARGV[7]) then
  end_writer()
  if ARGV[8] == 'b' and o.loan == 't' then o.loan = 'o' end
end
return done()
