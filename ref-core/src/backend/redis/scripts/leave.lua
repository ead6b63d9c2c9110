-- Nobody owns it any more: whoever has its key (or name) may use it. Nothing that is lent may leave. An adoption that
-- was not wanted is given b(ack): the object is again what it was adopted from.
if not mine() or not at_rest() then return end
local kind = ARGV[7] == 'b' and o.from or ARGV[7]
if kind == 'o' then
  depart('o', now + tonumber(o.orphan))
else
  disown()
  o.owner = kind
end
return done()
