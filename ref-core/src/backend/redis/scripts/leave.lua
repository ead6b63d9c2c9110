-- The owner gives an object up that is not lent. ARGV 7 says what the object becomes: d(etached), p(ublished), or
-- b(ack), which undoes an adoption or a claim: the object becomes what it was before. ARGV 8 is the time in ms after
-- which a detached object goes, if it goes.
if not mine() or not at_rest() then return end
if ARGV[7] == 'b' then
  put_back()
else
  leave(ARGV[7])
  if ARGV[8] then o.owner_due, decided = text(now + tonumber(ARGV[8])), true end
end
return done()
