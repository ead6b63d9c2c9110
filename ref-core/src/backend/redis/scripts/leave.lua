-- The owner gives an object up that is not lent. ARGV 7 says what the object becomes: d(etached), p(ublished), or
-- b(ack), which undoes an adoption or a claim: the object becomes what it was before.
if not mine() or not at_rest() then return end
if ARGV[7] == 'b' then
  put_back()
else
  leave(ARGV[7])
end
return done()
