-- Lets a detached object stay for ARGV 7 ms from now on at least. An object without a deadline stays as it is.
if o.owner ~= 'd' then return owned_otherwise() end
if not unwritten() then return end
if o.owner_due then
  o.owner_due, decided = text(math.max(tonumber(o.owner_due), now + tonumber(ARGV[7]))), true
end
return done()
