-- The owner gives an object up that is not lent. ARGV 7 says what the object becomes: d(etached), p(ublished), or
-- b(ack), which undoes an adoption: the object becomes what it was adopted from.
if not mine() or not at_rest() then return end
local kind = ARGV[7] == 'b' and o.from or ARGV[7]
if kind == 'o' then
  depart('o', now + tonumber(o.orphan))
else
  disown()
  o.owner = kind
end
return done()
